<?php
/**
 * Plugin Name: Panel orders
 * Description: Places and follows orders at your panel, from the server alone.
 * Version: 1.0.0
 * Requires PHP: 7.4
 * License: MIT
 *
 * Put two lines into wp-config.php, above "That's all, stop editing!":
 *
 *     define('PANEL_API_URL', 'https://your-panel.example/api/v2');
 *     define('PANEL_API_KEY', 'the key that you have made');
 *
 * and this file into wp-content/plugins/. The page is under Tools; only administrators see it. The
 * key is sent by this server in a header: no browser, page or log of WordPress ever holds it.
 */

if (!defined('ABSPATH')) {
    exit;
}

/** The decoded answer, or a WP_Error whose message may be shown. */
function panel_orders_call(string $action, array $fields = [])
{
    if (!defined('PANEL_API_URL') || !defined('PANEL_API_KEY')) {
        return new WP_Error('panel_setup', 'PANEL_API_URL and PANEL_API_KEY are missing in wp-config.php.');
    }
    $response = wp_remote_post(PANEL_API_URL, [
        'timeout' => 30,
        'redirection' => 0,
        'headers' => ['X-Api-Key' => PANEL_API_KEY],
        'body' => ['action' => $action] + $fields,
    ]);
    if (is_wp_error($response)) {
        return new WP_Error('panel_unreachable', 'The panel cannot be reached. Nothing is known about this call.');
    }
    $answer = json_decode(wp_remote_retrieve_body($response), true);
    if (!is_array($answer)) {
        return new WP_Error('panel_unreadable', 'The answer of the panel cannot be read.');
    }
    if (isset($answer['error'])) {
        return new WP_Error('panel_refused', (string) $answer['error']);
    }
    return $answer;
}

/** What became of a sent form: a sentence, not yet escaped. */
function panel_orders_place(array $sent): string
{
    $answer = panel_orders_call('add', [
        'service' => absint($sent['service'] ?? 0),
        'link' => esc_url_raw($sent['link'] ?? ''),
        'quantity' => absint($sent['quantity'] ?? 0),
        // The form's own name: sent twice, it is one order.
        'request_id' => sanitize_key($sent['request_id'] ?? ''),
    ]);
    if (is_wp_error($answer)) {
        return $answer->get_error_message();
    }
    $report = panel_orders_call('status', ['order' => $answer['order']]);
    $status = is_wp_error($report) ? '' : ': ' . $report['status'];
    return 'Order ' . $answer['order'] . $status;
}

function panel_orders_page(): void
{
    if (!current_user_can('manage_options')) {
        wp_die('You may not open this page.');
    }
    $message = '';
    if (isset($_POST['panel_orders'])) {
        check_admin_referer('panel_orders');
        $message = panel_orders_place(array_map('strval', wp_unslash((array) $_POST['panel_orders'])));
    }
    $balance = panel_orders_call('balance');
    $money = is_wp_error($balance) ? $balance->get_error_message() : $balance['balance'] . ' ' . $balance['currency'];
    ?>
    <div class="wrap">
        <h1>Panel orders</h1>
        <p>Balance: <?php echo esc_html($money); ?></p>
        <?php if ($message !== '') : ?>
            <div class="notice"><p><?php echo esc_html($message); ?></p></div>
        <?php endif; ?>
        <form method="post">
            <?php wp_nonce_field('panel_orders'); ?>
            <input type="hidden" name="panel_orders[request_id]" value="<?php echo esc_attr(wp_generate_uuid4()); ?>">
            <p><label>Service <input name="panel_orders[service]" type="number" min="1" required></label></p>
            <p><label>Link <input name="panel_orders[link]" type="url" required></label></p>
            <p><label>Quantity <input name="panel_orders[quantity]" type="number" min="1" required></label></p>
            <p><button class="button button-primary">Order</button></p>
        </form>
    </div>
    <?php
}

add_action('admin_menu', static function (): void {
    add_management_page('Panel orders', 'Panel orders', 'manage_options', 'panel-orders', 'panel_orders_page');
});

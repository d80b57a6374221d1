-- The door of the APIs in one call: whose key it is, and how many calls came before this one.
-- accounts/admission.py decides about it, and knows the sources of the rules.

-- How often an account or an address has called. A window opens with the first call and is over a
-- minute later, so that a burst can never straddle two windows of the clock and pass. UNLOGGED: to
-- count a call no disk is waited for, and a server that has crashed begins to count anew.
CREATE UNLOGGED TABLE IF NOT EXISTS accounts_callwindow (
    bucket text COLLATE "C" PRIMARY KEY,
    opened_at timestamptz NOT NULL,
    calls integer NOT NULL
) WITH (fillfactor = 50);

-- Counts one call; returns its number in its window, and when that was opened. Whoever comes at the
-- same time waits for the row: every call has a number of its own.
CREATE OR REPLACE FUNCTION accounts_count_call(
    p_bucket text, p_at timestamptz, OUT number integer, OUT opened_at timestamptz
) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO accounts_callwindow AS known (bucket, opened_at, calls) VALUES (p_bucket, p_at, 1)
    ON CONFLICT (bucket) DO UPDATE SET
        calls = CASE WHEN known.opened_at > p_at - interval '1 minute'
                     THEN known.calls + 1 ELSE 1 END,
        opened_at = CASE WHEN known.opened_at > p_at - interval '1 minute'
                         THEN known.opened_at ELSE p_at END
    RETURNING known.calls, known.opened_at INTO number, opened_at;
END $$;

-- `p_digest` is the keyed hash of the secret; without a live key of an active owner `key_id` is
-- NULL. Every call counts for its address (of IPv6: for the subscriber's /64), and one with a key
-- that opens from there counts for the key's account, too. `full_until`: there were too many, come
-- back then; `breached_at`: it is the first of its account's window that is one too many.
CREATE OR REPLACE FUNCTION accounts_admit(
    p_digest text, p_ip inet, p_rate bigint, p_address_share bigint, p_at timestamptz,
    OUT key_id bigint, OUT customer_id bigint, OUT prefix text, OUT scope text,
    OUT is_sandbox boolean, OUT is_strict boolean, OUT errors text, OUT refuses_query boolean,
    OUT repeat_window_seconds integer, OUT is_welcome boolean, OUT suspended_until timestamptz,
    OUT full_until timestamptz, OUT breached_at timestamptz, OUT is_paused boolean
) LANGUAGE plpgsql AS $$
DECLARE
    networks text[];
    used_at timestamptz;
    own_rate bigint;
    counted record;
BEGIN
    SELECT k.id, k.user_id, k.prefix, k.scope, k.is_sandbox, k.is_strict, k.errors,
           k.refuses_query, k.allowed_networks, k.last_used_at,
           u.repeat_window_seconds, u.api_rate_per_minute, u.api_suspended_until
      INTO key_id, customer_id, prefix, scope, is_sandbox, is_strict, errors,
           refuses_query, networks, used_at,
           repeat_window_seconds, own_rate, suspended_until
      FROM accounts_apikey k JOIN accounts_user u ON u.id = k.user_id
     WHERE k.digest = p_digest AND k.revoked_at IS NULL AND u.is_active
       AND (k.expires_at IS NULL OR k.expires_at > p_at);
    own_rate := coalesce(nullif(own_rate, 0), p_rate);
    is_welcome := key_id IS NOT NULL AND (networks = '{}' OR p_ip <<= ANY (networks::inet[]));
    is_paused := EXISTS (SELECT 1 FROM accounts_killswitch WHERE part = 'api');

    counted := accounts_count_call(
        'ip ' || host(CASE family(p_ip) WHEN 6 THEN network(set_masklen(p_ip, 64)) ELSE p_ip END),
        p_at);
    IF counted.number > p_address_share * greatest(own_rate, p_rate) THEN
        full_until := counted.opened_at + interval '1 minute';
    END IF;
    IF NOT is_welcome THEN
        RETURN;
    END IF;
    counted := accounts_count_call('account ' || customer_id, p_at);
    IF counted.number > own_rate THEN
        full_until := greatest(full_until, counted.opened_at + interval '1 minute');
    END IF;
    IF counted.number = own_rate + 1 THEN
        breached_at := counted.opened_at;
    END IF;

    -- The use is noted at most once a minute, by the first of the calls that meet in one moment;
    -- that is not worth a wait for the disk either.
    IF used_at IS NULL OR used_at <= p_at - interval '1 minute' THEN
        PERFORM set_config('synchronous_commit', 'off', true);
        UPDATE accounts_apikey SET last_used_at = p_at, last_used_ip = p_ip
         WHERE id = key_id
           AND (last_used_at IS NULL OR last_used_at <= p_at - interval '1 minute');
    END IF;
END $$;

-- Free orders that wait for a provider, each of another customer; returns their numbers.
INSERT INTO orders_order (customer_id, service_id, publication_id, channel, request_hash, link,
                          link_key, quantity, parameters, snapshot, rate_micros, charge_micros,
                          due_micros, refunded_micros, absorbed_micros, duplicate_accepted, role,
                          status, not_before, poll_failures, was_cut_short, provider_currency,
                          created_at, offer_id, confirmed_at)
SELECT person.id, %(service)s, (SELECT max(id) FROM legal_publication), 'api', '',
       'https://example.com/f/' || person.id, 'f:' || person.id, 1000, '{}',
       '{"name": "Views", "type": "default"}', 0, 0, 0, 0, 0, false, 'single', 'queued', %(at)s, 0,
       false, '', %(at)s, %(offer)s, %(at)s
  FROM (SELECT id FROM accounts_user WHERE is_active ORDER BY id LIMIT %(number)s) person
RETURNING id;

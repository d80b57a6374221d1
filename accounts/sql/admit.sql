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

-- Counts calls by their buckets; returns how many there are now in each bucket's window, with these,
-- and when it was opened. Whoever comes at the same time waits for the row, in the order of the
-- buckets' names, so that nobody waits in a circle.
DROP FUNCTION IF EXISTS accounts_count_call(text, timestamptz);
CREATE OR REPLACE FUNCTION accounts_count_calls(p_buckets text[], p_at timestamptz)
RETURNS TABLE (bucket text, calls integer, opened_at timestamptz) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    INSERT INTO accounts_callwindow AS known (bucket, opened_at, calls)
    SELECT asked.bucket, p_at, count(*) FROM unnest(p_buckets) AS asked (bucket)
     WHERE asked.bucket IS NOT NULL GROUP BY asked.bucket ORDER BY asked.bucket
    ON CONFLICT (bucket) DO UPDATE SET
        calls = CASE WHEN known.opened_at > p_at - interval '1 minute'
                     THEN known.calls + excluded.calls ELSE excluded.calls END,
        opened_at = CASE WHEN known.opened_at > p_at - interval '1 minute'
                         THEN known.opened_at ELSE p_at END
    RETURNING known.bucket, known.calls, known.opened_at;
END $$;

-- Calls that come in one moment, `p_knocks`: an array of objects with the keyed hash of the secret
-- and the address. A row for each, in the same order; without a live key of an active owner `key_id`
-- is NULL. Every call counts for its address (of IPv6: for the subscriber's /64), and one with a key
-- that opens from there counts for the key's account, too. `address_calls` and `account_calls` are
-- those of the window, with all that have come in this moment; `opened_at` of each is told where it
-- may be too many.
DROP FUNCTION IF EXISTS accounts_admit(text, inet, bigint, bigint, timestamptz);
CREATE OR REPLACE FUNCTION accounts_admit(
    p_knocks jsonb, p_rate bigint, p_address_share bigint, p_at timestamptz
) RETURNS TABLE (
    key_id bigint, customer_id bigint, prefix text, scope text,
    is_sandbox boolean, is_strict boolean, errors text, refuses_query boolean,
    repeat_window_seconds integer, is_welcome boolean, suspended_until timestamptz,
    own_rate bigint, address text, address_calls integer, address_opened_at timestamptz,
    account_calls integer, account_opened_at timestamptz, is_paused boolean
) LANGUAGE plpgsql
-- Its plans are right whatever is asked, and to make them anew costs more than to carry them out.
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    is_stale boolean;
    ip inet;
    used bigint[];
    used_ips inet[];
BEGIN
    FOR key_id, customer_id, prefix, scope, is_sandbox, is_strict, errors, refuses_query,
        repeat_window_seconds, is_welcome, suspended_until, own_rate, address, address_calls,
        address_opened_at, account_calls, account_opened_at, is_paused, is_stale, ip
    IN
        WITH knocking AS MATERIALIZED (
            SELECT knock.place, knock.ip, key.*, coalesce(key.rate, p_rate) AS own_rate,
                   'ip ' || host(CASE family(knock.ip) WHEN 6 THEN network(set_masklen(knock.ip, 64))
                                                       ELSE knock.ip END) AS address,
                   key.id IS NOT NULL AND (key.allowed_networks = '{}' OR
                       knock.ip <<= ANY (key.allowed_networks::inet[])) AS is_welcome
              FROM ROWS FROM (jsonb_to_recordset(p_knocks) AS (digest text, ip inet))
                   WITH ORDINALITY AS knock (digest, ip, place)
              -- One look each, by the hash: OFFSET 0 keeps the planner from reading the tables.
              LEFT JOIN LATERAL (
                SELECT k.id, k.user_id, k.prefix, k.scope, k.is_sandbox, k.is_strict, k.errors,
                       k.refuses_query, k.allowed_networks, u.repeat_window_seconds,
                       nullif(u.api_rate_per_minute, 0) AS rate, u.api_suspended_until,
                       coalesce(k.last_used_at <= p_at - interval '1 minute', true) AS is_stale
                  FROM accounts_apikey k JOIN accounts_user u ON u.id = k.user_id
                 WHERE k.digest = knock.digest AND k.revoked_at IS NULL AND u.is_active
                   AND (k.expires_at IS NULL OR k.expires_at > p_at)
                OFFSET 0) AS key ON true
        ), counted AS MATERIALIZED (
            SELECT * FROM accounts_count_calls(ARRAY(
                SELECT address FROM knocking
                UNION ALL SELECT 'account ' || user_id FROM knocking WHERE is_welcome), p_at)
        )
        SELECT k.id, k.user_id, k.prefix, k.scope, k.is_sandbox, k.is_strict, k.errors,
               k.refuses_query, k.repeat_window_seconds, k.is_welcome, k.api_suspended_until,
               k.own_rate, k.address, a.calls,
               CASE WHEN a.calls > p_address_share * greatest(k.own_rate, p_rate)
                    THEN a.opened_at END,
               c.calls, CASE WHEN c.calls > k.own_rate THEN c.opened_at END,
               EXISTS (SELECT 1 FROM accounts_killswitch WHERE part = 'api'),
               k.is_welcome AND k.is_stale, k.ip
          FROM knocking k
          JOIN counted a ON a.bucket = k.address
          LEFT JOIN counted c ON k.is_welcome AND c.bucket = 'account ' || k.user_id
         ORDER BY k.place
    LOOP
        IF is_stale THEN
            used := used || key_id;
            used_ips := used_ips || ip;
        END IF;
        RETURN NEXT;
    END LOOP;

    -- A use is noted at most once a minute; that is not worth a wait, be it for the disk or for
    -- whoever notes it at the same moment.
    IF used IS NOT NULL THEN
        PERFORM set_config('synchronous_commit', 'off', true);
        UPDATE accounts_apikey k SET last_used_at = p_at, last_used_ip = use.ip
          FROM unnest(used, used_ips) AS use (key, ip)
         WHERE k.id = use.key AND k.id IN (
            SELECT free.id FROM accounts_apikey free
             WHERE free.id = ANY (used)
               AND coalesce(free.last_used_at <= p_at - interval '1 minute', true)
               FOR NO KEY UPDATE SKIP LOCKED);
    END IF;
END $$;

-- What a customer pays per 1000 instead of the list price; NULL where the list price holds.
-- What is free of charge is free for everybody.
-- Pages and the API read prices through these functions and place_orders proves them with the same
-- ones, so that what was shown and what is charged cannot be two things (CAT-02).

-- The price of a group: the list price less the discount that says most exactly what it is for
-- (service, category, platform, all), rounded up, and never below the cost (docs/prices.md).
CREATE FUNCTION services_group_rate(p_group bigint, p_service bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN bp = 0 OR is_free THEN NULL
                WHEN below_cost = 'allow' THEN discounted
                ELSE greatest(discounted, least(coalesce(floor_micros, 0), rate_micros)) END
      FROM (
        SELECT bp, s.is_free, s.below_cost, s.floor_micros, s.rate_micros,
               greatest(ceil(s.rate_micros::numeric * (10000 - bp) / 10000)::bigint, 1) AS discounted
          FROM services_service s
          JOIN services_category c ON c.id = s.category_id
          JOIN services_pricegroup g ON g.id = p_group
         CROSS JOIN LATERAL (
            SELECT coalesce((
                SELECT d.discount_bp FROM services_groupdiscount d
                 WHERE d.group_id = g.id
                   AND (d.service_id = s.id OR d.category_id = s.category_id
                        OR d.platform_id = c.platform_id)
                 ORDER BY d.service_id NULLS LAST, d.category_id NULLS LAST
                 LIMIT 1), g.discount_bp) AS bp) AS chosen
         WHERE s.id = p_service) AS price
$$;

CREATE FUNCTION services_own_rate(p_customer bigint, p_service bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT own.rate_micros FROM services_customprice own
           JOIN services_service s ON s.id = own.service_id AND NOT s.is_free
          WHERE own.customer_id = p_customer AND own.service_id = p_service),
        (SELECT services_group_rate(m.group_id, p_service) FROM services_groupmembership m
          WHERE m.customer_id = p_customer))
$$;

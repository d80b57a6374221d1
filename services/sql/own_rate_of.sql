-- `services_own_rate` of one customer and one service, for those who ask of nothing else: most
-- customers have no price of their own, which is found out first and costs little.
CREATE OR REPLACE FUNCTION services_own_rate_of(p_customer bigint, p_service bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM services_customprice p WHERE p.customer_id = p_customer)
       OR EXISTS (SELECT 1 FROM services_groupmembership m WHERE m.customer_id = p_customer) THEN
        RETURN services_own_rate(p_customer, p_service);
    END IF;
    RETURN NULL;
END $$;

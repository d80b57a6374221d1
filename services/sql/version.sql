-- Names the rows that a service is made of, its quality's included: a process that keeps what it
-- made of them keeps it as long as this is the same. PostgreSQL writes a changed row to another
-- place (ctid), under another transaction (xmin).
CREATE OR REPLACE VIEW services_versions AS
SELECT s.id, concat_ws(' ', s.xmin, s.ctid, q.xmin, q.ctid) AS version
  FROM services_service s LEFT JOIN services_qualitylabel q ON q.id = s.quality_id;

-- The same of one service. NULL: there is none.
CREATE OR REPLACE FUNCTION services_version(p_service bigint) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT version FROM services_versions WHERE id = p_service
$$;

-- What customers search by, kept by the tables themselves so that no form, import or raw SQL can
-- forget it (docs/catalogue.md). One function folds what is stored and what is asked for.

-- Lower case, without accents, and a blank for whatever is neither letter nor digit; letters of
-- fancy alphabets become plain ones. Ranges are written out, because classes such as [:alnum:]
-- depend on the locale of the database.
CREATE FUNCTION services_folded(said text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(
        translate(replace(replace(lower(regexp_replace(normalize(said, NFKD),
            '[\u0300-\u036F\u0610-\u061A\u0640\u064B-\u065F\u0670]+', '', 'g')),
            'ß', 'ss'), 'æ', 'ae'), 'øłđħŧı', 'oldhti'),
        '[\u0001-\u002F\u003A-\u0040\u005B-\u0060\u007B-\u00BF\u00D7\u00F7\u2000-\u2BFF'
        '\u3000-\u303F\uE000-\uF8FF\uFE00-\uFE0F\uFFF0-\uFFFF\U0001F000-\U000FFFFF]+',
        ' ', 'g'))
$$;

-- The service's own words count most, then its category's, then its platform's.
CREATE FUNCTION services_write_search(p_services bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO services_searchentry (service_id, words)
    SELECT s.id, setweight(to_tsvector('simple', services_folded(s.name)), 'A')
              || setweight(to_tsvector('simple', services_folded(c.name)), 'B')
              || setweight(to_tsvector('simple', services_folded(p.name)), 'C')
      FROM services_service s
      JOIN services_category c ON c.id = s.category_id
      JOIN services_platform p ON p.id = c.platform_id
     WHERE s.id = ANY (p_services)
    ON CONFLICT (service_id) DO UPDATE SET words = excluded.words
$$;

CREATE FUNCTION services_search_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM services_write_search(ARRAY(SELECT id FROM written));
    RETURN NULL;
END $$;

CREATE TRIGGER services_service_search_new AFTER INSERT ON services_service
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION services_search_new();

CREATE FUNCTION services_search_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM services_write_search(CASE TG_TABLE_NAME
        WHEN 'services_service' THEN ARRAY[NEW.id]
        WHEN 'services_category' THEN
            ARRAY(SELECT id FROM services_service WHERE category_id = NEW.id)
        ELSE ARRAY(SELECT s.id FROM services_service s
                     JOIN services_category c ON c.id = s.category_id
                    WHERE c.platform_id = NEW.id)
    END);
    RETURN NULL;
END $$;

CREATE TRIGGER services_service_search AFTER UPDATE ON services_service
    FOR EACH ROW WHEN ((NEW.name, NEW.category_id) IS DISTINCT FROM (OLD.name, OLD.category_id))
    EXECUTE FUNCTION services_search_changed();

CREATE TRIGGER services_category_search AFTER UPDATE ON services_category
    FOR EACH ROW WHEN ((NEW.name, NEW.platform_id) IS DISTINCT FROM (OLD.name, OLD.platform_id))
    EXECUTE FUNCTION services_search_changed();

CREATE TRIGGER services_platform_search AFTER UPDATE ON services_platform
    FOR EACH ROW WHEN (NEW.name IS DISTINCT FROM OLD.name)
    EXECUTE FUNCTION services_search_changed();

SELECT services_write_search(ARRAY(SELECT id FROM services_service));

import { type Kysely, sql } from 'kysely';

/** Only adds. Code from before does as the owner what these functions do. */
export const compatibleFrom = '0041_subscription_terms';

/**
 * What a role that owns nothing needs of the owner: schemas `projection_<n>` for rebuilds, and nothing besides. Each
 * function takes names of that form alone, and runs with a search path that its caller cannot choose.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await names(db);
  await create(db);
  await fill(db);
  await drop(db);
}

/** Functions of the owner, for those whom the owner lets (`src/store/runtime-role.ts`). */
async function forOwner(db: Kysely<unknown>, signature: string, body: string): Promise<void> {
  const [name = ''] = signature.split(' RETURNS');
  const types = name.replace(/(\w+) (integer|text\[\]|text)/g, '$2');
  await sql`
    CREATE FUNCTION ${sql.raw(signature)} LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS ${sql.raw(`$body$ ${body} $body$`)}`.execute(db);
  await sql`REVOKE ALL ON FUNCTION ${sql.raw(types)} FROM PUBLIC`.execute(db);
}

async function names(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION public.projection_schema(schema text) RETURNS text LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      IF schema ~ '^projection(_[1-9][0-9]*)?$' THEN RETURN schema; END IF;
      RAISE EXCEPTION '% is no schema of a projection', schema;
    END $$`.execute(db);
}

/** Whoever may use the projection that it is made like may use the new one, in the same way. */
async function create(db: Kysely<unknown>): Promise<void> {
  await forOwner(
    db,
    'public.create_projection(rebuild integer, source text, without_indexes text[]) RETURNS void',
    `DECLARE
      target text := public.projection_schema('projection_' || rebuild);
      origin text := public.projection_schema(source);
      found record;
      granted record;
    BEGIN
      EXECUTE format('CREATE SCHEMA %I', target);
      FOR granted IN SELECT x.grantee::regrole AS role, x.privilege_type
        FROM pg_namespace n, aclexplode(n.nspacl) x
        WHERE n.nspname = origin AND x.grantee NOT IN (0, n.nspowner) LOOP
        EXECUTE format('GRANT %s ON SCHEMA %I TO %s', granted.privilege_type, target, granted.role);
      END LOOP;
      FOR found IN SELECT c.relname, c.reloptions, c.relacl, c.relowner FROM pg_class c
        WHERE c.relnamespace = to_regnamespace(origin) AND c.relkind = 'r' LOOP
        EXECUTE format('CREATE TABLE %I.%I (LIKE %I.%I INCLUDING ALL%s)', target, found.relname, origin, found.relname,
          CASE WHEN found.relname = ANY (without_indexes) THEN ' EXCLUDING INDEXES' ELSE '' END);
        IF found.reloptions IS NOT NULL THEN
          EXECUTE format('ALTER TABLE %I.%I SET (%s)', target, found.relname, array_to_string(found.reloptions, ', '));
        END IF;
        FOR granted IN SELECT x.grantee::regrole AS role, x.privilege_type FROM aclexplode(found.relacl) x
          WHERE x.grantee NOT IN (0, found.relowner) LOOP
          EXECUTE format('GRANT %s ON %I.%I TO %s', granted.privilege_type, target, found.relname, granted.role);
        END LOOP;
      END LOOP;
    END`,
  );
}

/** One statement each, so that several connections can share the work. */
async function fill(db: Kysely<unknown>): Promise<void> {
  await forOwner(
    db,
    'public.index_projection(rebuild integer, source text, index_name text) RETURNS void',
    `DECLARE
      target text := public.projection_schema('projection_' || rebuild);
      found record;
    BEGIN
      SELECT t.relname AS name, pg_get_indexdef(x.indexrelid) AS definition INTO STRICT found
        FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
        WHERE t.relnamespace = to_regnamespace(public.projection_schema(source)) AND i.relname = index_name;
      EXECUTE replace(found.definition, format('INDEX %I ON %I.%I ', index_name, source, found.name),
        format('INDEX IF NOT EXISTS %I ON %I.%I ', index_name, target, found.name));
    END`,
  );
  await forOwner(
    db,
    'public.key_projection(rebuild integer, table_name text, index_name text) RETURNS void',
    `DECLARE
      target text := public.projection_schema('projection_' || rebuild);
    BEGIN
      IF EXISTS (SELECT FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
        WHERE k.contype = 'p' AND t.relnamespace = to_regnamespace(target) AND t.relname = table_name) THEN RETURN; END IF;
      EXECUTE format('ALTER TABLE %I.%I ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I', target, table_name, index_name,
        index_name);
    END`,
  );
  await forOwner(
    db,
    'public.analyze_projection(rebuild integer, table_name text) RETURNS void',
    `BEGIN
      EXECUTE format('ANALYZE %I.%I', public.projection_schema('projection_' || rebuild), table_name);
    END`,
  );
}

async function drop(db: Kysely<unknown>): Promise<void> {
  await forOwner(
    db,
    'public.drop_projection(schema text) RETURNS void',
    `BEGIN
      IF EXISTS (SELECT FROM public.projection_current c WHERE c.schema = drop_projection.schema) THEN
        RAISE EXCEPTION '% is the live projection', schema;
      END IF;
      EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', public.projection_schema(schema));
    END`,
  );
}

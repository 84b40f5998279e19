-- Of docker-compose.yml: PostgreSQL's image runs it with psql at the first start, as the owner that POSTGRES_USER made.
-- The role that janela runs as owns nothing; its rights it gets from `janela migrate`.
\getenv password POSTGRES_APP_PASSWORD
CREATE ROLE janela_app LOGIN PASSWORD :'password';

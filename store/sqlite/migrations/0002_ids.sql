-- +goose Up
-- The ids given last, so that the id of a deleted room is not given again: the
-- journal still names it.

CREATE TABLE ids (
    place TEXT PRIMARY KEY,
    last  BIGINT NOT NULL
);
INSERT INTO ids (place, last) SELECT 'principals', COALESCE(MAX(id), 0) FROM principals;
INSERT INTO ids (place, last) SELECT 'categories', COALESCE(MAX(id), 0) FROM categories;
INSERT INTO ids (place, last) SELECT 'rooms', COALESCE(MAX(id), 0) FROM (
    SELECT MAX(id) AS id FROM rooms UNION ALL SELECT MAX(room) FROM journal
) AS given;

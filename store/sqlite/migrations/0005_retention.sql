-- +goose Up
-- The retention class of what is said in a category's rooms.
ALTER TABLE categories ADD COLUMN retention TEXT NOT NULL DEFAULT '';

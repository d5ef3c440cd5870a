-- +goose Up
-- How often somebody has asked for the batch again: what an attempt comes to that began before does not answer him.
ALTER TABLE deliveries ADD COLUMN asked BIGINT NOT NULL DEFAULT 0;

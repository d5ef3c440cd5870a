// What happened in a span of time.
import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Facts, Section, Text } from "../desk/field";
import { Table } from "../desk/Table";
import { useI18n } from "../i18n/i18n";
import { brief } from "../i18n/time";
import { useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { daysAgo, endOf, startOf } from "./times";

export function Usage() {
  const w = useWords();
  const [from, setFrom] = useState(daysAgo(30));
  const [until, setUntil] = useState(daysAgo(0));
  const usage = useAsked("usage", { query: { from: startOf(from), until: endOf(until), inactive_since: startOf(from), top_users: "20", top_rooms: "20", least_rooms: "20" } });
  return (
    <>
      <div className="desk-trio">
        <Text label={w("from")} type="date" value={from} max={until} onChange={(v) => v && setFrom(v)} />
        <Text label={w("untilDay")} type="date" value={until} min={from} onChange={(v) => v && setUntil(v)} />
      </div>
      <Asked of={usage}>{(u) => <Report of={u} />}</Asked>
    </>
  );
}

function Report({ of: u }: { of: Schemas["Usage"] }) {
  const w = useWords();
  const i = useI18n();
  const most = Math.max(1, ...u.days.map((d) => d.posts));
  const rooms = (title: string, list: Schemas["RoomUsage"][], file: string) => (
    <Section title={title}>
      <Table
        label={title} rows={list} id={(r) => r.name} file={file} short
        columns={[
          { key: "name", head: w("room"), value: (r) => r.name },
          { key: "category", head: w("category"), value: (r) => r.category, extra: true },
          { key: "posts", head: w("posts"), value: (r) => r.posts, end: true, width: 6 },
          { key: "users", head: w("people"), value: (r) => r.users, end: true, width: 6 },
          { key: "last", head: w("lastPost"), value: (r) => r.last_post, cell: (r) => (r.last_post ? brief(i, r.last_post) : w("never")), width: 9 },
        ]}
      />
    </Section>
  );
  return (
    <>
      <Facts of={[[w("posts"), u.posts.toLocaleString(i.locale)], [w("activeUsers"), u.active_users.toLocaleString(i.locale)], [w("joins"), u.joins.toLocaleString(i.locale)], [w("searches"), u.searches.toLocaleString(i.locale)], [w("rooms"), w("enabledOf", { n: u.enabled_rooms, all: u.rooms })]]} />
      <Section title={w("days_")}>
        <Table
          label={w("days_")} rows={u.days} id={(d) => d.day} file="days" short first={{ key: "day", down: true }}
          columns={[
            { key: "day", head: w("day"), value: (d) => d.day, width: 7 },
            { key: "posts", head: w("posts"), value: (d) => d.posts, end: true, width: 6 },
            { key: "bar", head: w("posts"), value: (d) => d.posts, cell: (d) => <meter className="desk-bar" min={0} max={most} value={d.posts} aria-hidden />, extra: true },
            { key: "users", head: w("people"), value: (d) => d.users, end: true, width: 6 },
            { key: "rooms", head: w("rooms"), value: (d) => d.rooms, end: true, width: 6 },
          ]}
        />
      </Section>
      <Section title={w("topUsers")}>
        <Table
          label={w("topUsers")} rows={u.top_users} id={(r) => r.uri} file="users" short
          columns={[
            { key: "name", head: w("name"), value: (r) => r.name || r.uri },
            { key: "posts", head: w("posts"), value: (r) => r.posts, end: true, width: 6 },
            { key: "rooms", head: w("rooms"), value: (r) => r.rooms, end: true, width: 6 },
          ]}
        />
      </Section>
      {rooms(w("topRooms"), u.top_rooms, "top-rooms")}
      {rooms(w("leastRooms"), u.least_rooms, "least-rooms")}
      {rooms(w("inactiveRooms"), u.inactive_rooms, "inactive-rooms")}
    </>
  );
}

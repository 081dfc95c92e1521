/*
 * fixture.mjs: writes a small hub of today's schema as SQL that both databases can load, for
 * test/upgrade_test.c. Made once when a schema lands, and kept as it is:
 *
 *     sh test/pg.sh run node test/outside/fixture.mjs
 *
 * writes test/fixtures/hubs/NNNN.sql, NNNN being the newest migration: tables, rows, indexes. Lines
 * for one database only are marked as in migrations. The index for full text is written as each
 * database holds it, so that an upgrade meets what it would meet. Files up to 0014 hold rows only:
 * until then, all tables came from migrations.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Hub, Person, ROOT, equal } from "./hub.mjs";

const TEA = path.join(ROOT, "src/features/imports/fixtures/tea");

/* ---- the hub: something in most tables ---- */

const hub = await Hub.make();
equal(hub.run(["import", "stackexchange", TEA, "--space", "Tea"]).code, 0, "the import");
await hub.serve();
const owner = await hub.owner();
const ana = await hub.person("ana");
const ben = await hub.person("ben");
const space = await owner.must("POST", "/spaces", {
    title: "Lids",
    body: "Of all kinds",
    openness: "anyone",
    audience: "public",
});
const closed = await owner.must("POST", "/spaces", {
    title: "Board",
    body: "Few",
    openness: "invitation",
    audience: "space",
});
for (const person of [ana, ben]) await person.must("POST", `/spaces/${space.id}/membership`);
const propose = (person, title, body, where = space) =>
    person.must("POST", "/ideas", { space: where.id, title, body, tags: "lid tray" });
const idea = await propose(ana, "A lid that is a tray", "With *rims*: 50\u00b0, it's\n\n- a list");
const twin = await propose(ben, "A tray that is a lid", "The other way round, @ana");
await propose(owner, "Fewer meetings", "Please", closed);
const comment = await ben.must("POST", `/ideas/${idea.id}/comments`, { body: "Yes \u2603" });
await ana.must("POST", `/ideas/${idea.id}/comments`, { body: "Why?", parent: comment.id });
await ben.must("POST", `/ideas/${idea.id}/votes`);
await ana.must("POST", `/comments/${comment.id}/votes`);
await ana.must("PATCH", `/ideas/${idea.id}`, { title: "A lid, a tray" });
await owner.must("POST", `/ideas/${twin.id}/merge`, {
    into: String(idea.id),
    reason: "The same wish",
});
const gone = await ben.must("POST", `/ideas/${idea.id}/comments`, { body: "Taken back" });
await ben.must("DELETE", `/comments/${gone.id}`);

/* Types, fields, records and links that are made at run time. */
await owner.must("POST", "/types", {
    noun: "Boat",
    label: "Boats",
    audience: "staff",
    maker: "staff",
});
for (const field of [
    { kind: "integer", label: "Masts" },
    { kind: "money", label: "Price", currency: "EUR" },
    { kind: "choice", label: "Rig", choices: "sloop = Sloop\nketch = Ketch" },
    { kind: "ref", label: "Yard", target: "organisation" },
    { kind: "refs", label: "Crew", target: "person" },
])
    await owner.must("POST", "/types/boat/fields", field);
const yard = await owner.must("POST", "/organisations", { title: "Yard & Sons" });
await owner.must("POST", "/boats", {
    title: "The Lid",
    masts: 2,
    price: "1200.50 EUR",
    rig: "ketch",
    yard: yard.id,
});
const deal = await owner.must("POST", "/deals", {
    title: "Forty lids",
    organisation: yard.id,
    pipeline: "sales",
    stage: "new",
    amount: "400 EUR",
});
await owner.must("POST", "/notes", { title: "Called", body: "They *want* it", deal: deal.id });
await new Person(hub).read("/");
equal(await hub.stop(), 0, "the end of the server");
hub.sound();

/* ---- as SQL ---- */

const other = await Hub.make({ on: "postgres", owner: false });
equal(hub.run(["backup", path.join(hub.data, "b")]).code, 0, "the backup");
equal(other.run(["restore", path.join(hub.data, "b")]).code, 0, "the restore");

const columns = new Map();
for (const line of hub
    .sql(
        "SELECT t.name || ' ' || c.name || ' ' || lower(c.type) FROM pragma_table_list t" +
            " JOIN pragma_table_info(t.name) c WHERE t.schema = 'main' AND t.type = 'table'" +
            " AND t.name NOT IN ('sequences') AND t.name NOT LIKE 'sqlite%'" +
            " ORDER BY t.name, c.cid",
    )
    .split("\n")) {
    const [table, name, type] = line.split(" ");
    columns.set(table, [...(columns.get(table) ?? []), { name, bytes: type === "blob" }]);
}

const out = [`-- A hub as it was when the newest migration was this one; see test/upgrade_test.c.`];

const SHADOW = "name NOT LIKE 'search!___%!_%' ESCAPE '!'"; /* what FTS5 makes for itself */
const declared = (types) =>
    hub
        .sql(
            `SELECT hex(sql || ';') FROM sqlite_master WHERE type IN (${types})` +
                ` AND sql IS NOT NULL AND name NOT LIKE 'sqlite%' AND ${SHADOW} ORDER BY rowid`,
        )
        .split("\n")
        .filter(Boolean)
        .map((x) => Buffer.from(x, "hex").toString());
const dumped = (section) =>
    execFileSync("pg_dump", ["-d", other.file, "-Ox", `--section=${section}`], { encoding: "utf8" })
        .replaceAll("public.", "") /* whatever schema it is loaded into */
        .split("\n")
        .filter((line) => line && !/^(--|\\|SET |SELECT pg_catalog.set_config)/.test(line));
const only = (engine, lines) => out.push(`--@${engine}`, ...lines, "--@end");

only("sqlite", declared("'table'"));
only("postgres", dumped("pre-data"));
const names = (list) => list.map(({ name }) => name).join(", ");

/* Rows come in hex, one a line, since their texts hold line ends. */
const hexed = (text) =>
    text
        .split("\n")
        .filter(Boolean)
        .map((x) => Buffer.from(x, "hex").toString());

for (const [table, list] of columns) {
    const has_bytes = list.some(({ bytes }) => bytes);
    for (const on of has_bytes ? ["sqlite", "postgres"] : ["both"]) {
        const pick = list.map(({ name, bytes }) =>
            on === "postgres" && bytes ? `quote('\\x' || lower(hex(${name})))` : `quote(${name})`,
        );
        const rows = hexed(hub.sql(`SELECT hex(${pick.join(" || ', ' || ")}) FROM ${table}`));
        if (rows.length && has_bytes) out.push(`--@${on}`);
        for (const row of rows) out.push(`INSERT INTO ${table} (${names(list)}) VALUES (${row});`);
        if (rows.length && has_bytes) out.push("--@end");
    }
}

/* SQLite's index is read from what it keeps as content: sqlite3 does not know its words. */
const search = {
    search_roots: [
        ["rowid, title, tags, body, title_head, tags_head", "id, c0, c1, c2, c3, c4"],
        ["rowid, title, tags, body, words", "rowid, title, tags, body, words"],
    ],
    search_replies: [
        ["rowid, body", "id, c0"],
        ["rowid, body, words", "rowid, body, words"],
    ],
};
for (const [i, where] of [hub, other].entries()) {
    out.push(`--@${i ? "postgres" : "sqlite"}`);
    for (const [table, list] of Object.entries(search)) {
        const [into, from] = list[i];
        const row = from
            .split(", ")
            .map((name) => (i ? `quote_literal(CAST(${name} AS text))` : `quote(${name})`))
            .join(" || ', ' || ");
        const text = i
            ? `SELECT encode(convert_to(${row}, 'UTF8'), 'hex') FROM ${table}`
            : `SELECT hex(${row}) FROM ${table}_content`;
        for (const values of hexed(where.sql(text)))
            out.push(`INSERT INTO ${table} (${into}) VALUES (${values});`);
    }
    const next = hub.sql("SELECT name || ' ' || next FROM sequences").split("\n");
    for (const [name, n] of next.map((line) => line.split(" ")))
        out.push(
            i
                ? `SELECT setval('${name}_ids', ${n - 1});`
                : `INSERT INTO sequences (name, next) VALUES ('${name}', ${n});`,
        );
    const given = hub.sql("SELECT name || ' ' || seq FROM sqlite_sequence WHERE seq > 0");
    for (const [name, n] of i ? given.split("\n").map((line) => line.split(" ")) : [])
        out.push(`SELECT setval(pg_get_serial_sequence('${name}', 'id'), ${n});`);
    out.push("--@end");
}

only("sqlite", declared("'index', 'trigger', 'view'"));
only("postgres", dumped("post-data"));

const newest = hub.sql("SELECT MAX(number) FROM migrations").padStart(4, "0");
const folder = path.join(ROOT, "test/fixtures/hubs");
mkdirSync(folder, { recursive: true });
/* Without where this machine has it. */
const text = `${out.join("\n")}\n`.replaceAll(ROOT, "/srv/skep");
writeFileSync(path.join(folder, `${newest}.sql`), text);
console.log(`${newest}.sql: ${out.length} lines`);
process.exit(0);

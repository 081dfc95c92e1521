/*
 * backup.mjs: a hub is backed up while people write, moved from one database to the other and back,
 * and the backup or the restore is killed, cut, changed and denied its disk.
 *
 *     node test/outside/backup.mjs        with SKEP_TEST_DATABASE; see test/backup_test.sh
 *
 * Rows are compared behind the program's back, by sqlite3 and psql, column by column.
 */
import { spawn, spawnSync } from "node:child_process";
import {
    appendFileSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    readdirSync,
    rmSync,
    statSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Hub, OWNER, Person, ROOT, SKEP, dice, done, equal, ok, test } from "./hub.mjs";

const TEA = path.join(ROOT, "src/features/imports/fixtures/tea");
const room = mkdtempSync(path.join(tmpdir(), "skep-backup."));
process.on("exit", () => rmSync(room, { recursive: true, force: true }));
const file = (name) => path.join(room, name);
const DATABASES = ["sqlite", "postgres"];

/* ---- helpers ---- */

function must(result, words) {
    equal(result.code, 0, `${words}: ${result.err}`);
    return result;
}

function backup(hub, to) {
    return JSON.parse(must(hub.run(["backup", to, "--json"]), "skep backup").out);
}

/* A hub that is not there yet, made of a backup. */
async function restored(on, from) {
    const hub = await Hub.make({ on, owner: false });
    const told = JSON.parse(must(hub.run(["restore", from, "--json"]), "skep restore").out);
    equal(told.unsound, 0, "what is unsound in the restored hub");
    return hub;
}

function refused(result, pattern, words) {
    equal(result.code, 1, `${words}: ${result.out}${result.err}; the code`);
    ok(pattern.test(result.err), `${words}: it said ${result.err}`);
}

/* Every row of every table as SQLite's file names them, with all values spelled the same way on
 * both: text and bytes in hex, real numbers as JavaScript reads them. */
function rows(hub, like) {
    const tables = new Map();
    const columns = like.sql(
        "SELECT t.name || ' ' || c.name || ' ' || lower(c.type) FROM pragma_table_list t" +
            " JOIN pragma_table_info(t.name) c WHERE t.schema = 'main' AND t.type = 'table'" +
            " AND t.name NOT IN ('sequences', 'search_words') AND t.name NOT LIKE 'sqlite%'" +
            " ORDER BY t.name, c.cid",
    );
    for (const [table, name, type] of columns.split("\n").map((line) => line.split(" "))) {
        const spelled = {
            text: [`lower(hex(${name}))`, `encode(convert_to(${name}, 'UTF8'), 'hex')`],
            blob: [`lower(hex(${name}))`, `encode(${name}, 'hex')`],
            double: [`printf('%!.17g', ${name})`, `CAST(${name} AS text)`],
        }[type] ?? [`CAST(${name} AS text)`, `CAST(${name} AS text)`];
        const pick = `CASE WHEN ${name} IS NULL THEN 'NULL' ELSE ${spelled[hub.data ? 0 : 1]} END`;
        tables.set(table, [...(tables.get(table) ?? []), { pick, real: type === "double" }]);
    }
    ok(tables.size > 20, `only ${tables.size} tables`);
    const all = new Map([...tables.keys()].map((table) => [table, []]));
    const asked = [...tables].map(
        ([table, list]) =>
            `SELECT '${table},' || ${list.map(({ pick }) => pick).join(" || ',' || ")}` +
            ` FROM ${table};`,
    );
    for (const line of hub.sql(asked.join("\n")).split("\n")) {
        const [table, ...values] = line.split(",");
        const real = tables.get(table).map(({ real }) => real);
        all.get(table).push(
            values.map((v, i) => (real[i] && v !== "NULL" ? Number(v) : v)).join(),
        );
    }
    for (const list of all.values()) list.sort();
    return all;
}

function same(a, b, words) {
    equal([...b.keys()].join(), [...a.keys()].join(), `${words}: the tables`);
    for (const [table, list] of a)
        equal(b.get(table).join("\n"), list.join("\n"), `${words}: the rows of ${table}`);
}

const sequences = (backup) => JSON.stringify(backup.holds.tables.map((t) => [t.name, t.rows]));

async function community(on) {
    const hub = await Hub.make({ on });
    must(hub.run(["import", "stackexchange", TEA, "--space", "Tea"]), "the import");
    await hub.serve();
    const owner = await hub.owner();
    const space = await owner.must("POST", "/spaces", {
        title: "Lids",
        body: "Of all kinds",
        openness: "anyone",
        audience: "public",
    });
    const ana = await hub.person("ana");
    const ben = await hub.person("ben");
    for (const person of [ana, ben]) await person.must("POST", `/spaces/${space.id}/membership`);
    const idea = await ana.must("POST", "/ideas", {
        space: space.id,
        title: "A lid that is a tray",
        body: "With *rims*, 50\u00b0 and\ttabs \\n",
        tags: "lid tray",
    });
    await ben.must("POST", `/ideas/${idea.id}/comments`, { body: "Yes \u2603" });
    await ben.must("POST", `/ideas/${idea.id}/votes`, {});
    await ana.must("PATCH", `/ideas/${idea.id}`, { title: "A lid, a tray" });
    await hub.quiet();
    return { hub, owner, ana, ben, idea, space };
}

/* ---- moving ---- */

const there = Object.fromEntries(
    await Promise.all(DATABASES.map(async (on) => [on, await community(on)])),
);

for (const on of DATABASES) {
    const other = DATABASES.find((name) => name !== on);
    await test(`${on} to ${other} and back: the same rows, people and numbers`, async () => {
        const { hub, ana, idea } = there[on];
        const like = there.sqlite.hub;
        const first = backup(hub, file(`${on}-1`));
        const before = rows(hub, like);
        const moved = await restored(other, file(`${on}-1`));
        same(before, rows(moved, like), other);
        equal(sequences(backup(moved, file(`${on}-2`))), sequences(first), "what it holds");
        const back = await restored(on, file(`${on}-2`));
        same(before, rows(back, like), `back on ${on}`);

        await moved.serve();
        const session = new Person(moved);
        Object.assign(session, { cookies: new Map(ana.cookies), csrf: ana.csrf, name: "ana" });
        equal((await session.get("/account")).data?.email, "ana@example.org", "the old session");
        const again = await moved.owner();
        equal((await again.get("/account")).data.email, OWNER.email, "who signs in");
        const found = await again.get("/search?q=tray");
        ok(JSON.stringify(found.data).includes("A lid, a tray"), "the search");
        const most = Number(moved.sql("SELECT MAX(id) FROM records"));
        const added = await session.must("POST", `/ideas/${idea.id}/comments`, { body: "Moved" });
        ok(added.id > most, `a new id, ${added.id}, is above ${most}`);
        await moved.stop();
        moved.sound();
        back.sound();
    });
}

/* ---- while people write ---- */

for (const on of DATABASES)
    await test(`${on}: a backup beside a server under load is of one state`, async () => {
        const { hub, ana, ben, idea } = there[on];
        const crowd = must(hub.run(["bench", "sessions", "120"]), "bench sessions")
            .out.trim()
            .split("\n")
            .map((line) => {
                const [, cookie, csrf] = line.split(" ");
                const person = new Person(hub);
                person.cookies.set("skep_session", cookie);
                return Object.assign(person, { csrf });
            });
        let going = true;
        const writes = { comments: 0, votes: 0 };
        /* Each in turn, since a person may vote twice a second at most. */
        const vote = async (people) => {
            for (let n = 0; going; n++) {
                const act = Math.floor(n / people.length) % 2 ? "DELETE" : "POST";
                const person = people[n % people.length];
                const answer = await person.json(act, `/ideas/${idea.id}/votes`, {});
                writes.votes += answer.status < 300;
            }
        };
        const comment = async (person) => {
            for (let n = 0; going; n++) {
                const answer = await person.post(`/ideas/${idea.id}/comments`, { body: `${n}` });
                writes.comments += answer.status === 201;
            }
        };
        const load = [
            comment(ana),
            comment(ben),
            vote(crowd.slice(0, 60)),
            vote(crowd.slice(60)),
        ];
        const files = [];
        const enough = () => writes.comments > 5 && writes.votes > 50;
        for (let round = 0; round < 6 || (round < 60 && !enough()); round++) {
            const name = file(`busy-${on}-${round}`);
            const told = await new Promise((resolve) => {
                const child = spawn(SKEP, [...hub.options, "backup", name, "--json"], {
                    stdio: ["ignore", "pipe", "inherit"],
                    env: { ...process.env, SKEP_TEST: "1" },
                });
                let out = "";
                child.stdout.on("data", (text) => (out += text));
                child.on("close", (code) => resolve({ code, out }));
            });
            equal(told.code, 0, "skep backup");
            files.push(JSON.parse(told.out));
        }
        going = false;
        await Promise.all(load);
        ok(enough(), `only ${JSON.stringify(writes)} while it ran`);
        const numbers = files.map(
            ({ holds }) => holds.tables.find(({ name }) => name === "activities").rows,
        );
        ok(numbers.at(-1) > numbers[0], `nothing was written between backups: ${numbers}`);
        for (const told of [files[1], files.at(-1)]) (await restored("sqlite", told.file)).sound();
        await hub.stop();
        hub.sound();
    });

/* ---- killed ---- */

async function killed(hub, words, after) {
    const child = spawn(SKEP, [...hub.options, ...words], { stdio: "ignore" });
    const gone = new Promise((resolve) => child.on("close", (code, signal) => resolve(signal)));
    const timer = setTimeout(() => child.kill("SIGKILL"), after);
    const how = await gone;
    clearTimeout(timer);
    return how === "SIGKILL";
}

const large = await Hub.make();
const amounts = ["--ideas", "400", "--votes", "2000", "--comments", "2000"];
must(large.run(["bench", "fill", ...amounts]), "bench fill");
mkdirSync(path.join(large.data, "files/ab"), { recursive: true });
writeFileSync(path.join(large.data, "files/ab/abcdef"), Buffer.alloc(3_000_000, "bytes "));

await test("a backup that is killed leaves none", async () => {
    let halfway = 0;
    for (let i = 0; i < 8; i++) {
        const to = file(`killed-${i}`);
        const dead = await killed(large, ["backup", to], 5 + i * 16);
        halfway += dead && existsSync(`${to}.part`);
        if (existsSync(to)) must(large.run(["backup", to]), "a second one in its place");
        else ok(dead, "it ended by itself without a file");
    }
    ok(halfway > 0, "none was killed halfway");
    backup(large, file("large"));
    backup(large, file("killed-0"));
    ok(!existsSync(`${file("killed-0")}.part`), "what was left is used up");
});

for (const on of DATABASES)
    await test(`${on}: a restore that is killed leaves no hub, or a whole one`, async () => {
        let none = 0;
        const target = await Hub.make({ on, owner: false });
        for (let i = 0; i < 6; i++) {
            const moment = on === "postgres" ? target.moment() : null;
            const words = on === "postgres" ? ["--files", file(`pg-files-${i}`)] : [];
            await killed(target, ["restore", file("large"), ...words], 10 + i * 60);
            target.settle(moment);
            const made =
                on === "sqlite"
                    ? existsSync(target.file)
                    : target.sql("SELECT to_regclass('public.migrations')") !== "";
            if (!made) {
                refused(target.run(["doctor"]), /there is no hub/, "skep doctor");
                none++;
                continue;
            }
            target.sound();
            equal(target.sql("SELECT COUNT(*) FROM ideas"), "400", "ideas");
            break;
        }
        ok(none > 0, "none was killed halfway");
        if (!existsSync(target.file ?? "") && on === "sqlite") {
            must(target.run(["restore", file("large")]), "after all of them");
            equal(readdirSync(target.data).sort().join(), "files,hub.db", "what the folder holds");
        }
    });

/* ---- cut, changed, and no room ---- */

await test("a backup that is cut or changed is refused in words", async () => {
    const whole = readFileSync(file("large"));
    const roll = dice(1);
    const target = await Hub.make({ owner: false });
    for (let i = 0; i < 8; i++) {
        const turned = Buffer.from(whole);
        turned[100 + roll(whole.length - 100)] ^= 1 << roll(8);
        writeFileSync(file("bad"), i % 2 ? turned : whole.subarray(0, roll(whole.length)));
        refused(
            target.run(["restore", file("bad")]),
            /is damaged: block \d+|is cut off|is no backup of Skep/,
            `number ${i}`,
        );
        ok(!existsSync(target.file), "a hub came of it");
    }
    appendFileSync(file("large"), "more");
    refused(target.run(["restore", file("large")]), /cut off|damaged/, "more behind its end");
    writeFileSync(file("large"), whole);
    refused(target.run(["restore", TEA]), /cannot|Is a directory|no backup/, "a folder");
    refused(target.run(["restore", file("nowhere")]), /No such file/, "no file");
});

/* What a full disk does to a process, for one of any size: its writes fail. */
function confined(hub, blocks, words) {
    const command = `trap '' XFSZ; ulimit -f ${blocks}; exec "$@"`;
    const { status, stdout, stderr } = spawnSync(
        "sh",
        ["-c", command, "sh", SKEP, ...hub.options, ...words],
        { encoding: "utf8", timeout: 60_000 },
    );
    return { code: status, out: stdout, err: stderr };
}

await test("a disk without room is told, and leaves nothing", async () => {
    refused(
        confined(large, 160, ["backup", file("full")]),
        /cannot write .*full\.part: (File too large|No space)/,
        "a backup",
    );
    ok(!existsSync(file("full")) && !existsSync(file("full.part")), "something is left");
    refused(
        large.run(["backup", "/dev/full/x"]),
        /cannot make \/dev\/full\/x\.part: Not a directory/,
        "no folder",
    );
    for (const blocks of [8, 400, 2000]) {
        const target = await Hub.make({ owner: false });
        refused(
            confined(target, blocks, ["restore", file("large")]),
            /database refused|cannot (open|write)/,
            `a restore into ${blocks} blocks`,
        );
        ok(!existsSync(target.file), "a hub came of it");
        ok(!existsSync(path.join(target.data, "restoring")), "half of one is left");
    }
});

await test("the words of backup and restore", async () => {
    const none = await Hub.make({ owner: false });
    refused(none.run(["backup", file("none")]), /there is no hub in/, "no hub");
    ok(!existsSync(none.data) && !existsSync(file("none")), "something was made");
    const wrong = [["backup"], ["restore"], ["backup", "a", "b"], ["restore", "--over", "a"]];
    for (const words of wrong) equal(none.run(words).code, 2, `${words.join(" ")}: the code`);
    mkdirSync(file("folder"));
    const told = backup(large, file("folder"));
    ok(/folder\/skep-\d{8}T\d{6}Z\.backup$/.test(told.file), told.file);
    equal(statSync(told.file).mode & 0o777, 0o600, "who may read it");
    equal(statSync(told.file).size, told.bytes, "its length");
    const { out } = must(large.run(["backup", file("w")]), "skep backup");
    ok(/^ +400 {2}ideas$/m.test(out), `a line each: ${out}`);
    refused(large.run(["restore", file("w")]), /there is a hub in/, "over a hub");
});

/* ---- memory ---- */

/* MB more that a hub ten times as large may take: SQLite's restore fills its cache of 32 MB. */
const LIMITS = { sqlite: [6, 36], postgres: [6, 6] };

await test("memory does not grow with the hub", async () => {
    const measure = async (on, megabytes) => {
        const hub = await Hub.make({ on });
        const numbers = hub.data
            ? "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < LAST)"
            : "WITH n(i) AS (SELECT generate_series(1, LAST))";
        const bytes = hub.data ? "hex(randomblob(4000))" : "repeat(md5(random()::text), 250)";
        hub.sql(
            numbers.replace("LAST", String(megabytes * 125)) +
                ` INSERT INTO settings (name, value) SELECT 'x' || i, ${bytes} FROM n`,
        );
        const made = backup(hub, file("memory"));
        const target = await Hub.make({ on, owner: false });
        const told = JSON.parse(must(target.run(["restore", file("memory"), "--json"]), on).out);
        return [made.memory_bytes / 1e6, told.memory_bytes / 1e6];
    };
    for (const on of DATABASES) {
        const [small, big] = [await measure(on, 4), await measure(on, 40)];
        for (const i of [0, 1])
            ok(
                big[i] < small[i] + LIMITS[on][i],
                `${on}: ${["backup", "restore"][i]} took ${small[i]} MB of a hub of 4 MB, ` +
                    `${big[i]} of one of 40`,
            );
        console.log(`# ${on}: backup, restore: ${small} MB of 4, ${big} MB of 40`);
    }
});

done();

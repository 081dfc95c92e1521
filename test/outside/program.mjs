/*
 * program.mjs: the command line from outside: words, exit codes, the environment; hubs that cannot
 * be had; the owner's link; what other programs on the same hub see.
 *
 *     node test/outside/program.mjs [sqlite | postgres]
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import net from "node:net";
import path from "node:path";
import { Hub, OWNER, Person, ROOT, SKEP, done, equal, ok, test } from "./hub.mjs";

const on = process.argv[2] ?? "sqlite";
const TEA = path.join(ROOT, "src/features/imports/fixtures/tea");

/* skep with these words and nothing else. */
function skep(args, { environment = {}, cwd = undefined } = {}) {
    const { status, signal, stdout, stderr } = spawnSync(SKEP, args, {
        input: "",
        encoding: "utf8",
        cwd,
        timeout: 20_000,
        env: { PATH: process.env.PATH, SKEP_TEST: "1", ...environment },
    });
    return { code: signal ?? status, out: stdout, err: stderr };
}

function says(result, code, pattern, words) {
    equal(result.code, code, `${words}: ${result.out.slice(0, 300)}${result.err}; the code`);
    ok(
        pattern.test(code === 0 ? result.out : result.err),
        `${words}: it said ${result.out}${result.err}`,
    );
}

async function refused(served, pattern, words) {
    let why = "it serves";
    try {
        await served;
    } catch (error) {
        why = error.message;
    }
    ok(/ended with 1\b/.test(why) && pattern.test(why), `${words}: ${why}`);
}

/* ---- words ---- */

if (on === "sqlite") {
    const hub = await Hub.make();

    await test("skep --help names every command and option", () => {
        const { out } = skep(["--help"]);
        for (const word of [
            "serve",
            "routes",
            "init",
            "doctor",
            "backup",
            "restore",
            "import stackexchange",
            "token create",
            "--data",
            "--database",
            "--listen",
            "--loops",
        ])
            ok(out.includes(word), `no word of ${word}`);
        for (const other of [["-h"], ["help"], ["serve", "--help"]])
            says(skep(other), 0, /Usage: skep/, other.join(" "));
        for (const other of [["-V"], ["--version"]])
            says(skep(other), 0, /^skep \d+\.\d+\.\d+\n$/, other.join(" "));
    });

    await test("wrong words end with 2 and a sentence", () => {
        const wrong = [
            [[], /command is missing/],
            [["frobnicate"], /no such command: frobnicate/],
            [["--frob", "serve"], /no such command: --frob/],
            [["import"], /no such command/],
            [["--data"], /--data needs a value/],
            [["routes", "--yaml"], /usage: skep routes/],
            [["serve", "now"], /takes no arguments/],
            [["doctor", "--all"], /usage: skep doctor/],
            [["import", "stackexchange"], /usage: skep import/],
            [["init"], /usage: skep init/],
            [["token"], /no such command/],
            [["token", "create"], /usage: skep token create/],
            [["token", "create", "--email", "a@b.example", "--scopes", "all"], /usage: skep token/],
            [["token", "create", "--email", "a@b.example", "--days", "-1"], /usage: skep token/],
            [["token", "list", "--all"], /usage: skep token list/],
            [["token", "revoke", "x"], /usage: skep token revoke/],
            [["init", "--email", "nobody", "--name", "N"], /usage: skep init/],
            [["--loops", "many", "routes"], /--loops takes a number/],
            [["--loops=0", "routes"], /--loops takes a number/],
            [["--database", "mysql://localhost/x", "doctor"], /--database takes postgres/],
            [["--base-url", "hub.example", "routes"], /--base-url takes http/],
        ];
        for (const [args, pattern] of wrong)
            says(
                skep(args.length && args[0].startsWith("--") ? args : [...args, ...hub.options]),
                2,
                pattern,
                args.join(" "),
            );
    });

    await test("options come from the environment, and those on the line win", () => {
        const environment = { SKEP_DATA: hub.data };
        says(skep(["doctor"], { environment }), 0, /as they should be/, "SKEP_DATA");
        says(
            skep(["doctor", "--data", hub.data], {
                environment: { SKEP_DATABASE: "postgres:///nowhere?host=/nowhere" },
            }),
            0,
            /as they/,
            "--data",
        );
        says(
            skep(["doctor"], {
                environment: { SKEP_DATABASE: "postgres:///nowhere?host=/nowhere" },
            }),
            1,
            /cannot use the database/,
            "SKEP_DATABASE",
        );
        says(
            skep(["serve"], { environment: { ...environment, SKEP_LISTEN: "here" } }),
            1,
            /cannot listen on here: it must be/,
            "SKEP_LISTEN",
        );
        says(
            skep(["routes"], { environment: { ...environment, SKEP_LOOPS: "x" } }),
            2,
            /--loops takes/,
            "SKEP_LOOPS",
        );
        mkdirSync(path.join(hub.data, "cwd"));
        says(skep(["routes"], { cwd: path.join(hub.data, "cwd") }), 0, /GET/, "no --data");
    });

    await test("hubs and addresses that cannot be had are refused in words", async () => {
        says(
            skep(["--data", "/proc/none", "serve"]),
            1,
            /cannot make the data folder \/proc\/none/,
            "no place",
        );
        says(skep(["--data", SKEP, "serve"]), 1, /cannot open/, "a file for a folder");
        const broken = path.join(hub.data, "broken");
        mkdirSync(broken);
        writeFileSync(path.join(broken, "hub.db"), "This is no database. ".repeat(500));
        says(skep(["--data", broken, "doctor"]), 1, /not a database/, "something else in hub.db");
        for (const address of [
            "127.0.0.1",
            "127.0.0.1:",
            "127.0.0.1:99999",
            "127.0.0.1:-1",
            "host.invalid:80",
        ])
            says(
                skep(["--listen", address, ...hub.options, "serve"]),
                1,
                /cannot listen on/,
                address,
            );
        const other = net.createServer().listen(0, "127.0.0.1");
        await new Promise((resolve) => other.on("listening", resolve));
        const taken = `127.0.0.1:${other.address().port}`;
        says(
            skep(["--listen", taken, ...hub.options, "serve"]),
            1,
            new RegExp(`cannot listen on ${taken}: Address already in use`),
            "a taken port",
        );
        other.close();
        await hub.serve();
        const second = await Hub.make();
        says(
            skep(["--listen", `127.0.0.1:${hub.served.port}`, ...second.options, "serve"]),
            1,
            /Address already in use/,
            "the port of another Skep",
        );
        await hub.stop();
    });

    await test("a folder has one server, and commands beside it", async () => {
        await hub.serve();
        const served = hub.served;
        await refused(hub.serve(), /another|already/i, "the second server");
        says(hub.run(["doctor"]), 0, /as they should be/, "a command beside the server");
        equal((await new Person(hub).read("/")).status, 200, "the first one");
        hub.served = served;
        equal(await hub.kill(), "SIGKILL", "its end");
        await hub.serve(); /* a lock of the dead does not hold */
        equal(await hub.stop(), 0, "the code");
    });

    await test("the second SIGTERM ends what the first could not", async () => {
        await hub.serve();
        const socket = net.connect(hub.served.port, "127.0.0.1");
        await new Promise((resolve) =>
            socket.write(
                "POST /session HTTP/1.1\r\nHost: h\r\n" +
                    "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n",
                resolve,
            ),
        );
        await new Promise((resolve) => socket.once("data", resolve));
        hub.served.child.kill("SIGTERM");
        await new Promise((resolve) => {
            const knock = () =>
                net
                    .connect(hub.served.port, "127.0.0.1")
                    .on("error", resolve)
                    .on("connect", function again() {
                        this.destroy();
                        setImmediate(knock);
                    });
            knock();
        });
        hub.served.child.kill("SIGTERM");
        equal(await hub.served.gone, "SIGTERM", "its end");
        socket.destroy();
    });

    await test("skep routes says of every route who may call it", () => {
        const routes = JSON.parse(hub.run(["routes", "--json"]).out);
        ok(routes.length > 50, `${routes.length} routes`);
        for (const route of routes)
            ok(
                /^(anyone|member|staff|administrator|owner)$/.test(route.who) && route.help,
                JSON.stringify(route),
            );
        equal(hub.run(["routes"]).out.trim().split("\n").length, routes.length, "lines");
    });

    await test("a Unix socket serves, and is left behind by nobody", async () => {
        const at = path.join(hub.data, "socket");
        for (const signal of ["SIGKILL", "SIGTERM"]) {
            const child = (await import("node:child_process")).spawn(
                SKEP,
                [...hub.options, "--listen", `unix:${at}`, "serve"],
                { stdio: ["ignore", "pipe", "inherit"] },
            );
            let said = "";
            for await (const text of child.stdout)
                if (/serving on unix:/.test((said += text))) break;
            const answer = await new Promise((resolve, reject) => {
                const socket = net.connect(at, () =>
                    socket.write(
                        "GET /session/new HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                    ),
                );
                socket.on("data", (text) => resolve(String(text))).on("error", reject);
            });
            ok(answer.startsWith("HTTP/1.1 200"), answer.slice(0, 80));
            const gone = new Promise((resolve) => child.on("exit", resolve));
            child.kill(signal);
            await gone;
        }
        says(
            spawnSync("ls", [hub.data], { encoding: "utf8" }).stdout.includes("socket")
                ? { code: 1, out: "", err: "it lies there" }
                : { code: 0, out: "gone", err: "" },
            0,
            /gone/,
            "the socket",
        );
    });
}

/* ---- on both databases ---- */

await test(`${on}: only commands that say so make a hub where none is`, async () => {
    const hub = await Hub.make({ on, owner: false });
    const none = () =>
        on === "sqlite"
            ? !existsSync(hub.data)
            : hub.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") === "0";
    ok(none(), "something is there from the start");
    const looks = [
        ["doctor"],
        ["doctor", "--json"],
        ["import", "list"],
        ["import", "undo", "1"],
        ["bench", "count"],
        ["bench", "sessions", "1"],
    ];
    for (const words of looks) {
        says(hub.run(words), 1, /^skep: there is no hub in /m, words.join(" "));
        ok(none(), `skep ${words.join(" ")} has made something`);
    }
    for (const words of [["routes"], ["routes", "--json"], ["help"]]) {
        says(hub.run(words), 0, /./, words.join(" "));
        ok(none(), `skep ${words.join(" ")} has made something`);
    }
    equal(hub.run(["import", "stackexchange", TEA, "--space", "Tea"]).code, 0, "an import");
    ok(!none(), "an import makes a hub");
    says(hub.run(["import", "list"]), 0, /Tea|tea/, "what is in it");
});

await test(`${on}: skep init makes one owner, with a password from standard input`, async () => {
    const hub = await Hub.make({ on, owner: false });
    const init = (name, email, input) => hub.run(["init", "--email", email, "--name", name], input);
    says(init("Olga", OWNER.email, ""), 1, /no password/, "no input");
    says(init("Olga", OWNER.email, "short\n"), 1, /10 to/, "a short one");
    says(
        init("Olga", OWNER.email, Buffer.from([0x66, 0xff, ...Array(20).fill(0x61), 10])),
        1,
        /a password has|UTF-8/,
        "no text",
    );
    equal(init("Olga", OWNER.email, `${OWNER.password}\n`).code, 0, "a good one");
    says(
        init("Pia", "pia@example.org", "another password\n"),
        1,
        /an owner already/,
        "a second owner",
    );
    equal(hub.sql("SELECT count(*) FROM accounts"), "1", "accounts");
    await hub.serve();
    ok(!/no owner/.test(hub.served.out), hub.served.out);
    equal((await (await hub.owner()).get("/account")).data.email, OWNER.email, "who is signed in");
    await hub.stop();
});

await test(`${on}: skep token makes, lists and revokes what programs act with`, async () => {
    const hub = await Hub.make({ on });
    await hub.serve();
    const ana = await hub.person("ana");
    const make = (...more) => hub.run(["token", "create", ...more]);
    says(make("--email", "nobody@example.org"), 1, /nobody has an account/, "an unknown address");
    says(
        make("--email", "ana@example.org", "--scopes", "admin"),
        1,
        /only an administrator/,
        "a member's admin",
    );
    const made = make("--email", "Ana@Example.org", "--name", "Ünïcode", "--scopes", "write");
    says(made, 0, /^skep_[0-9a-f]{64}\n$/, "a token");
    says(make("--email", OWNER.email, "--scopes", "admin", "--days", "0"), 0, /^skep_/, "another");
    const bearer = { Authorization: `Bearer ${made.out.trim()}` };
    const program = new Person(hub);
    const account = () => program.json("GET", "/account", null, bearer);
    equal((await account()).data.email, "ana@example.org", "whom it acts for");
    const listed = hub.run(["token", "list", "--json"]).out.trim().split("\n").map(JSON.parse);
    equal(listed.map((one) => one.scopes).join(), "read write,read write admin", "scopes");
    equal(listed.map((one) => one.name)[0], "Ünïcode", "the name");
    equal(listed[1].expires_at, null, "the end of the second");
    ok(!hub.run(["token", "list"]).out.includes(made.out.trim()), "its text is not listed");
    equal((await ana.get("/account/tokens")).data.length, 1, "on the page");
    says(hub.run(["token", "revoke", String(listed[0].id)]), 0, /^$/, "revoking");
    says(hub.run(["token", "revoke", String(listed[0].id)]), 1, /no such token/, "revoking again");
    equal((await account()).status, 401, "afterwards");
    await hub.stop();
});

await test(`${on}: the owner's link is printed at the first start and opens once`, async () => {
    const hub = await Hub.make({ on, owner: false });
    const link = () => /open (\S*)\/owner\/([0-9a-f]{48}) to become it/.exec(hub.served.out);
    await hub.serve();
    const first = link();
    ok(first, hub.served.out);
    await hub.stop();
    await hub.serve("--base-url", "https://hub.example/");
    const [, base, token] = link();
    equal(base, "https://hub.example", "the address before the link");
    ok(token !== first[2], "each start has a link of its own");
    await hub.stop();
    await hub.serve();
    const path_now = `/owner/${link()[2]}`;
    const [ana, bob] = [new Person(hub), new Person(hub)];
    for (const old of [first[2], token, "0".repeat(48)])
        equal((await ana.read(`/owner/${old}`)).status, 404, "an old link");
    equal((await ana.read(path_now)).status, 200, "the link");
    await bob.read(path_now);
    const answers = await Promise.all(
        [ana, bob].map((person, i) =>
            person.form(path_now, {
                name: `Owner ${i}`,
                email: `owner${i}@example.org`,
                password: "a long password",
            }),
        ),
    );
    equal(
        answers
            .map((a) => a.status)
            .sort()
            .join(),
        "303,404",
        "two at once",
    );
    equal((await new Person(hub).read(path_now)).status, 404, "the link, used");
    equal(hub.sql("SELECT count(*) FROM accounts WHERE role = 4"), "1", "owners");
    await hub.stop();
    await hub.serve();
    ok(!link(), "no link when there is an owner");
    await hub.stop();
});

await test(`${on}: an older program refuses a newer hub, and changes nothing`, async () => {
    const hub = await Hub.make({ on });
    hub.sql(
        "INSERT INTO migrations (number, name, checksum, applied_at)" +
            " VALUES (9999, '9999_from_the_future', '00', 0)",
    );
    await refused(hub.serve(), /made by a newer Skep.*9999_from_the_future/, "skep serve");
    says(hub.run(["doctor"]), 1, /made by a newer Skep/, "skep doctor");
    equal(hub.sql("SELECT count(*) FROM migrations WHERE number = 9999"), "1", "the newer one");
});

await test(`${on}: skep doctor finds what was changed behind its back`, async () => {
    const hub = await Hub.make({ on });
    says(hub.run(["doctor"]), 0, /as they should be/, "a sound hub");
    hub.sql("UPDATE records SET score = 7 WHERE id = 1");
    const found = hub.run(["doctor"]);
    equal(found.code, 1, "its code");
    ok(/^1: .*score.*7/m.test(found.out), found.out);
    equal(JSON.parse(hub.run(["doctor", "--json"]).out.split("\n")[0]).id, 1, "as JSON");
});

await test(`${on}: skep doctor --fix mends beside a server under load`, async () => {
    const hub = await Hub.make({ on });
    await hub.serve();
    const owner = await hub.owner();
    const ana = await hub.person("ana");
    const space = await owner.must("POST", "/spaces", {
        title: "Lids",
        body: "Of all kinds",
        openness: "anyone",
        audience: "public",
    });
    await ana.must("POST", `/spaces/${space.id}/membership`);
    const idea = await ana.must("POST", "/ideas", { space: space.id, title: "A tray", body: "-" });
    let going = true;
    let written = 0;
    const load = (async () => {
        while (going && written < 15) { /* more a minute are refused */
            await ana.must("POST", `/ideas/${idea.id}/comments`, { body: "More" });
            written++;
        }
    })();
    hub.sql(`UPDATE records SET comments = comments + 50, thread = 0 WHERE id = ${idea.id}`);
    hub.sql("INSERT INTO follows (record_id, person_id, level, at) VALUES (99999, 1, 1, 0)");
    const fixed = hub.run(["doctor", "--fix"]);
    going = false;
    await load;
    equal(fixed.code, 0, `skep doctor --fix: ${fixed.out}${fixed.err}`);
    ok(/comments is not .*: mended$/m.test(fixed.out), fixed.out);
    ok(/follows\.record_id names .*: mended$/m.test(fixed.out), fixed.out);
    hub.sound();
    const kept = hub.sql(`SELECT comments FROM records WHERE id = ${idea.id}`);
    equal(kept, String(written), "comments");
    await hub.stop();
});

await test(`${on}: an import beside the server shows at once, to watchers too`, async () => {
    const hub = await Hub.make({ on });
    await hub.serve();
    const owner = await hub.owner();
    const { id } = await owner.must("POST", "/spaces", {
        title: "Tea",
        body: "Leaves",
        openness: "anyone",
        audience: "public",
    });
    equal((await owner.get("/topics")).data.length, 0, "topics before");
    const socket = net.connect(hub.served.port, "127.0.0.1");
    socket.write(`GET /live?topics=${id} HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n`);
    let stream = "";
    const heard = (pattern) =>
        new Promise((resolve, reject) => {
            const timer = setTimeout(
                () => reject(new Error(`nothing like ${pattern} was heard: ${stream}`)),
                15_000,
            );
            const look = (text) => {
                stream += text;
                if (!pattern.test(stream)) return;
                clearTimeout(timer);
                socket.off("data", look);
                resolve();
            };
            socket.on("data", look);
        });
    await heard(/text\/event-stream/);
    const event = heard(/^id: \d+/m);
    const said = hub.run([
        "import",
        "stackexchange",
        TEA,
        "--space",
        "Tea",
        "--site",
        "tea.example",
    ]);
    equal(said.code, 0, `${said.out}${said.err}; the code`);
    ok((await owner.get("/topics")).data.length > 0, "topics after");
    ok((await owner.get("/ideas")).data.length > 0, "ideas after");
    await event;
    socket.destroy();
    hub.sound();
    await hub.stop();
});

done();

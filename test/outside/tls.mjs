/*
 * tls.mjs: TLS as clients see it: node's, curl's and openssl's; good and bad ones. Proves RULES 1
 * to 5 of tls.h, and dispatch RULE 9.
 *
 *     node test/outside/tls.mjs
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import tls from "node:tls";
import { Hub, Person, done, equal, ok, test } from "./hub.mjs";

const folder = mkdtempSync(path.join(tmpdir(), "skep-tls."));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const file = (name) => path.join(folder, name);

/* A certificate that signs itself; its serial number tells it from others. */
function certificate(name, host, serial) {
    execFileSync(
        "openssl",
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"].concat(
            ["-days", "2", "-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`],
            ["-set_serial", String(serial), "-out", file(`${name}.crt`)],
            ["-keyout", file(`${name}.key`)],
        ),
        { stdio: "ignore" },
    );
}
certificate("one", "hub.example", 1);
certificate("two", "*.other.example", 2);
certificate("three", "hub.example", 3);
copyFileSync(file("one.crt"), file("live.crt"));
copyFileSync(file("one.key"), file("live.key"));

const hub = await Hub.make();
const options = ["--loops", "2"].concat(
    ["--tls-cert", file("live.crt"), "--tls-key", file("live.key")],
    ["--tls-cert", file("two.crt"), "--tls-key", file("two.key")],
    ["--listen", "https://127.0.0.1:0", "--listen", "redirect://127.0.0.1:0"],
    ["--log-level", "debug"],
);
const served = await hub.serve(...options);
await new Promise((resolve) => {
    const look = () => (/redirect:\/\/.*\n/.test(served.out) ? resolve() : setTimeout(look, 5));
    look();
});
const port = Number(/on https:\/\/127.0.0.1:(\d+)/.exec(served.out)[1]);
const redirecting = Number(/on redirect:\/\/127.0.0.1:(\d+)/.exec(served.out)[1]);

const anywhere = { host: "127.0.0.1", port, rejectUnauthorized: false };

function connect(more = {}) {
    return new Promise((resolve, reject) => {
        const socket = tls.connect(
            { ...anywhere, servername: "hub.example", ...more },
            () => resolve(socket),
        );
        socket.ticket = new Promise((keep) => socket.on("session", keep));
        socket.on("error", reject);
    });
}

function talk(socket, text, until) {
    return new Promise((resolve, reject) => {
        let heard = "";
        const hear = (part) => {
            heard += part;
            if (!until.test(heard)) return;
            socket.off("data", hear);
            resolve(heard);
        };
        socket.on("data", hear);
        socket.on("error", reject);
        socket.on("close", () => reject(new Error(`closed after ${heard.slice(0, 200)}`)));
        socket.write(text);
    });
}

async function fails(promise, pattern, words) {
    let why = "it went well";
    try {
        await promise;
    } catch (error) {
        why = `${error.code} ${error.message}`;
    }
    ok(pattern.test(why), `${words}: ${why}`);
}

const serial = (socket) => parseInt(socket.getPeerCertificate().serialNumber, 16);
const HEALTH = "GET /healthz HTTP/1.1\r\nHost: hub.example\r\n\r\n";
const LAST_HEALTH = HEALTH.replace("Host", "Connection: close\r\nHost");
const ALIVE = /It lives\.\n$/;
const openssl = (args, input = "") =>
    spawnSync("openssl", ["s_client", "-connect", `127.0.0.1:${port}`, ...args], {
        input,
        encoding: "utf8",
        timeout: 20_000,
    });

async function until(words, holds) {
    for (const end = Date.now() + 20_000; !(await holds()); )
        ok(Date.now() < end, `never: ${words}`);
}

await test("node, curl and openssl are served over TLS 1.2 and 1.3", async () => {
    for (const version of ["TLSv1.2", "TLSv1.3"]) {
        const socket = await connect({ minVersion: version, maxVersion: version });
        equal(socket.getProtocol(), version, "node");
        ok(/HTTP\/1.1 200 .*max-age=31536000/s.test(await talk(socket, HEALTH, ALIVE)), "HSTS");
        ok(ALIVE.test(await talk(socket, HEALTH, ALIVE)), "a kept connection");
        socket.destroy();
        const flag = version === "TLSv1.2" ? "-tls1_2" : "-tls1_3";
        const { stdout } = openssl([flag, "-quiet", "-ign_eof"], LAST_HEALTH);
        ok(stdout.includes("It lives."), `openssl ${flag}`);
    }
    const curl = spawnSync(
        "curl",
        ["-sS", "--cacert", file("one.crt"), "--resolve", `hub.example:${port}:127.0.0.1`].concat(
            ["-o", "-", "-w", "%{http_code} %{ssl_verify_result}"],
            [`https://hub.example:${port}/healthz`],
        ),
        { encoding: "utf8", timeout: 20_000 },
    );
    equal(curl.stdout, "It lives.\n200 0", curl.stderr);
});

await test("an old version, weak ciphers and another protocol are refused", async () => {
    const weak = [
        ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "AES128-SHA"],
    ];
    for (const args of weak)
        ok(/alert|no protocols/.test(openssl(args).stderr), args.join(" "));
    await fails(connect({ ALPNProtocols: ["h2"] }), /alert/i, "h2 only");
    const both = await connect({ ALPNProtocols: ["h2", "http/1.1"] });
    equal(both.alpnProtocol, "http/1.1", "ALPN");
    both.destroy();
});

await test("the name chooses the certificate", async () => {
    const names = { "hub.example": 1, "a.other.example": 2, "nobody.example": 1, "": 1 };
    for (const [servername, want] of Object.entries(names)) {
        const socket = await connect({ servername });
        equal(serial(socket), want, servername);
        socket.destroy();
    }
});

await test("a session is resumed", async () => {
    for (const version of ["TLSv1.2", "TLSv1.3"]) {
        const first = await connect({ minVersion: version, maxVersion: version });
        await talk(first, HEALTH, ALIVE);
        const ticket = await first.ticket;
        first.destroy();
        const second = await connect({ minVersion: version, maxVersion: version, session: ticket });
        ok(second.isSessionReused(), version);
        ok(ALIVE.test(await talk(second, HEALTH, ALIVE)), version);
        second.destroy();
    }
});

await test("renegotiation is refused", async () => {
    const child = spawn("openssl", ["s_client", "-connect", `127.0.0.1:${port}`, "-tls1_2"], {
        stdio: ["pipe", "pipe", "pipe"],
    });
    let said = "";
    child.stdout.on("data", (text) => (said += text));
    child.stderr.on("data", (text) => (said += text));
    const ended = new Promise((resolve) => child.on("close", resolve));
    await until("a handshake", async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return /Verify return code/.test(said);
    });
    child.stdin.write("R\n");
    await ended;
    ok(/no renegotiation|alert/i.test(said), said.slice(-400));
});

/* Writes to the port, and gives all that comes back. */
function raw(text) {
    return new Promise((resolve) => {
        const parts = [];
        const socket = net.connect(port, "127.0.0.1", () => socket.write(text));
        socket.on("data", (part) => parts.push(part));
        socket.on("error", () => {});
        socket.on("close", () => resolve(Buffer.concat(parts)));
    });
}

await test("who does not speak TLS gets nothing in the clear", async () => {
    const hello = Buffer.from("160301ffff0100", "hex");
    const bad = [
        "GET /healthz HTTP/1.1\r\nHost: hub.example\r\nCookie: sekrit-cookie\r\n\r\n",
        Buffer.concat([hello, Buffer.alloc(300, 7)]),
        Buffer.from("16030100050100000100", "hex"),
        Buffer.alloc(40_000, 0xff),
    ];
    for (const text of bad) {
        const answer = await raw(text);
        ok(answer.length <= 7 && !/HTTP/.test(answer.toString("latin1")), answer.toString("hex"));
    }
    const socket = await connect();
    ok(ALIVE.test(await talk(socket, HEALTH, ALIVE)), "others are served");
    socket.destroy();
    ok(/debug: TLS handshake: /.test(served.err), "the log tells why");
    ok(!served.err.includes("sekrit"), "the log tells what was sent");
});

function whole(response) {
    return new Promise((resolve, reject) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("error", reject);
        response.on("end", () =>
            resolve({
                status: response.statusCode,
                headers: response.headers,
                body: Buffer.concat(parts),
            }),
        );
    });
}

await test("large answers and uploads go through, whole", async () => {
    const ask = (method, target, body) =>
        new Promise((resolve, reject) => {
            const request = https.request(
                { ...anywhere, method, path: target, agent: false },
                (response) => whole(response).then(resolve, reject),
            );
            request.on("error", reject);
            request.end(body);
        });
    const page = await ask("GET", "/ideas");
    const [script] = /\/assets\/app-[0-9a-f]+\.js/.exec(page.body.toString());
    const plain = await new Promise((resolve, reject) =>
        http
            .get({ ...anywhere, port: served.port, path: script, agent: false }, (response) =>
                whole(response).then(resolve, reject),
            )
            .on("error", reject),
    );
    const sealed = await ask("GET", script);
    ok(sealed.body.length > 50_000, `${sealed.body.length} bytes`);
    ok(sealed.body.equals(plain.body), "the same bytes");
    equal((await ask("POST", "/session", Buffer.alloc(200_000, "a"))).status, 415, "an upload");
    equal((await ask("POST", "/session", Buffer.alloc(2_000_000, "a"))).status, 413, "too much");
    const form = await ask("GET", "/session/new");
    ok(/Secure/.test(String(form.headers["set-cookie"])), "cookies");
});

/* wire RULE 3: pieces of files, too, go out encrypted. */
await test("files go up and come down, the same bytes", async () => {
    await hub.person("ana");
    const ana = await Person.signIn(
        hub,
        { name: "ana", email: "ana@example.org", password: "the password of ana" },
        new Person(hub, { port, tls: true }),
    );
    const bytes = randomBytes(24_000_000);
    const sent = await ana.ask("POST", "/files?name=large.bin", {
        headers: {
            Accept: "application/json",
            "Content-Type": "application/octet-stream",
            "X-CSRF-Token": ana.csrf,
        },
        body: bytes,
    });
    equal(sent.status, 201, sent.body.slice(0, 300));
    const { path: target } = JSON.parse(sent.body).data[0];
    for (const [range, want] of [
        [null, bytes],
        [null, bytes], /* the connection is kept */
        ["bytes=100-9000099", bytes.subarray(100, 9_000_100)],
    ]) {
        const back = await ana.ask("GET", target, { headers: range ? { Range: range } : {} });
        equal(back.status, range ? 206 : 200, "the status");
        ok(back.bytes.equals(want), `${back.bytes.length} bytes, ${want.length} of them wanted`);
    }
    ana.agent.destroy();
});

await test("pipelined requests in many small records are answered in order", async () => {
    const socket = await connect();
    socket.setNoDelay(true);
    let heard = "";
    socket.on("data", (part) => (heard += part));
    const closed = new Promise((resolve) => socket.on("close", resolve));
    const lost = "HTTP/1.1\r\nHost: h\r\nAccept: application/json\r\n\r\n";
    const asked = Array.from({ length: 60 }, (_, i) => `GET /nothing/${i} ${lost}`);
    const text = asked.join("") + LAST_HEALTH;
    for (let i = 0; i < text.length; i += 37) socket.write(text.slice(i, i + 37));
    await closed;
    equal(heard.match(/HTTP\/1.1 404/g)?.length, 60, "answers");
    ok(ALIVE.test(heard), "the last one");
});

await test("certificates are read anew while connections stay open", async () => {
    const before = await connect();
    await talk(before, HEALTH, ALIVE);
    const serials = async (want) => {
        const socket = await connect();
        const is = serial(socket);
        socket.destroy();
        return is === want;
    };
    copyFileSync(file("three.crt"), file("live.crt")); /* without its key: the old one stays */
    served.child.kill("SIGHUP");
    await until("a complaint", async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return /error: the certificates stay as they were: .*live.key/.test(served.err);
    });
    ok(await serials(1), "the old certificate");
    copyFileSync(file("three.key"), file("live.key"));
    served.child.kill("SIGHUP");
    await until("the new certificate", () => serials(3));
    equal(serial(before), 1, "of the open connection");
    ok(ALIVE.test(await talk(before, HEALTH, ALIVE)), "the open connection");
    before.destroy();
    copyFileSync(file("one.key"), file("live.key"));
    copyFileSync(file("one.crt"), file("live.crt")); /* seen without a signal */
    await until("the certificate of a changed file", () => serials(1));
});

await test("the other address sends to https", async () => {
    const answer = await new Promise((resolve, reject) =>
        http
            .get(
                {
                    ...anywhere,
                    port: redirecting,
                    path: "/ideas?q=a%20b",
                    headers: { Host: "hub.example:80" },
                },
                resolve,
            )
            .on("error", reject),
    );
    equal(answer.statusCode, 308, "the status");
    equal(answer.headers.location, `https://hub.example:${port}/ideas?q=a%20b`, "the place");
    answer.destroy();
});

await test("a stop answers what is half said, and says goodbye", async () => {
    const socket = await connect();
    socket.write("GET /healthz HTTP/1.1\r\nHost: h");
    const idle = await connect();
    const ended = new Promise((resolve) => idle.on("end", resolve));
    let cut = false;
    idle.on("error", () => (cut = true));
    await new Promise((resolve) => setTimeout(resolve, 50));
    served.child.kill("SIGTERM");
    await ended;
    ok(!cut, "the idle connection was cut without goodbye");
    const heard = await talk(socket, "ub\r\n\r\n", ALIVE);
    ok(/Connection: close/.test(heard), heard);
    equal(await served.gone, 0, "the exit code");
});

await test("wrong certificates stop the start, in words", async () => {
    writeFileSync(file("bad.crt"), "no certificate\n");
    const wrong = [
        [["bad.crt"], ["one.key"], /bad.crt cannot be used as a certificate/],
        [["one.crt"], ["two.key"], /two.key cannot be used as the key/],
        [["none.crt"], ["one.key"], /none.crt cannot be used/],
        [["one.crt"], [], /each --tls-cert needs its --tls-key/],
        [[], [], /needs --tls-cert/],
    ];
    for (const [certificates, keys, pattern] of wrong) {
        const args = [
            ...certificates.flatMap((name) => ["--tls-cert", file(name)]),
            ...keys.flatMap((name) => ["--tls-key", file(name)]),
        ];
        const { code, err } = hub.run(["--listen", "https://127.0.0.1:0", ...args, "serve"]);
        equal(code, 1, err);
        ok(pattern.test(err), err);
    }
});

done();

/*
 * mail.mjs: letters through a real mail server: Exim takes them over TLS from who signs in, keeps
 * them for Dovecot, refuses some, is slow with some, and sends back what it cannot deliver.
 *
 *     sh test/mail_test.sh
 *
 * The letters are asked for as people do, and read as people do: by IMAP.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Hub, Person, SKEP, done, equal, ok, test } from "./hub.mjs";

const PATIENCE = 15_000;
const DIR = mkdtempSync(path.join(tmpdir(), "skep-mail."));
const children = [];
process.on("exit", () => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(DIR, { recursive: true, force: true, maxRetries: 5 });
});

function freePort() {
    return new Promise((resolve) => {
        const server = net.createServer().listen(0, "127.0.0.1", () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });
}

/* Asks again and again until it gives something; within its time. */
async function until(what, ask) {
    const end = Date.now() + PATIENCE;
    for (;;) {
        const got = await ask();
        if (got) return got;
        ok(Date.now() < end, `${what}: not within ${PATIENCE} ms\n${logs()}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

function logs() {
    return readdirSync(DIR)
        .filter((name) => name.endsWith(".log"))
        .map((name) => `${name}:\n${readFileSync(path.join(DIR, name), "utf8").slice(-3000)}`)
        .join("\n");
}

function answers(port) {
    return new Promise((resolve) => {
        const socket = net.connect(port, "127.0.0.1");
        socket.on("data", () => resolve(true) || socket.destroy());
        socket.on("error", () => resolve(false));
    });
}

/* ---- the servers ---- */

const port = {
    smtp: await freePort(),
    smtps: await freePort(),
    imap: await freePort(),
    imaps: await freePort(),
};
const user = execFileSync("id", ["-un"], { encoding: "utf8" }).trim();
const group = execFileSync("id", ["-gn"], { encoding: "utf8" }).trim();

function certificate(name) {
    const made = [path.join(DIR, `${name}.key`), path.join(DIR, `${name}.crt`)];
    execFileSync(
        "openssl",
        [
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2",
            `-keyout ${made[0]} -out ${made[1]}`,
            "-subj /CN=localhost -addext subjectAltName=DNS:localhost",
        ]
            .join(" ")
            .split(" "),
        { stdio: "ignore" },
    );
    return made;
}

const [KEY, CERTIFICATE] = certificate("server");
const [, STRANGER] = certificate("stranger");

function eximConfiguration(hub) {
    return `
primary_hostname = mx.test
spool_directory = ${DIR}/spool
log_file_path = ${DIR}/exim-%s.log
pid_file_path = ${DIR}/exim.pid
exim_user = ${user}
exim_group = ${group}
deliver_drop_privilege
never_users =
daemon_smtp_ports = ${port.smtp} : ${port.smtps}
tls_on_connect_ports = ${port.smtps}
local_interfaces = 127.0.0.1
tls_advertise_hosts = *
tls_certificate = ${CERTIFICATE}
tls_privatekey = ${KEY}
acl_smtp_rcpt = rcpt
acl_smtp_data = data
keep_environment =
add_environment =
host_lookup =
rfc1413_query_timeout = 0s
begin acl
rcpt:
  defer local_parts = later
        message = 4.2.1 come again
  deny  local_parts = gone
        message = 5.1.1 nobody here
  warn  local_parts = slow
        delay = 20s
  accept authenticated = *
  deny  message = 5.7.1 sign in first
data:
  deny  condition = \${if match{$recipients}{spam@}}
        message = 5.7.1 not wanted
  drop  condition = \${if match{$recipients}{drop@}}
        message = 4.3.2 going away
  accept
begin routers
back:
  driver = accept
  domains = hub.test
  local_parts = back
  local_part_suffix = +*
  transport = bounce
returned:
  driver = accept
  domains = hub.test
  local_parts = returned
  local_part_suffix = +*
  transport = mailbox
vanished:
  driver = redirect
  local_parts = vanish : vanish2
  allow_fail
  data = :fail: 5.1.1 has moved away
people:
  driver = accept
  domains = example.org
  transport = mailbox
begin transports
mailbox:
  driver = lmtp
  socket = ${DIR}/lmtp
  batch_max = 1
  return_path_add
  rcpt_include_affixes
bounce:
  driver = pipe
  command = ${SKEP} ${hub.options.join(" ")} bounce
  environment = SKEP_TEST=1
  envelope_to_add
  return_path_add
  log_output
  temp_errors = 75
begin retry
* * F,2h,15m
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_advertise_condition = \${if def:tls_in_cipher}
  server_condition = \${if and{{eq{$auth2}{hub}}{eq{$auth3}{a secret/word}}}}
  server_set_id = $auth2
`;
}

const dovecotConfiguration = `
protocols = imap lmtp
postmaster_address = postmaster@mx.test
listen = 127.0.0.1
base_dir = ${DIR}/dovecot
state_dir = ${DIR}/dovecot-state
log_path = ${DIR}/dovecot.log
default_internal_user = ${user}
default_internal_group = ${group}
default_login_user = ${user}
ssl = yes
ssl_cert = <${CERTIFICATE}
ssl_key = <${KEY}
disable_plaintext_auth = no
mail_location = maildir:${DIR}/mail/%n
passdb {
  driver = static
  args = password=word
}
userdb {
  driver = static
  args = allow_all_users=yes uid=${process.getuid()} gid=${process.getgid()} home=${DIR}/home/%n
}
first_valid_uid = 1
service lmtp {
  unix_listener ${DIR}/lmtp {
    mode = 0666
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port.imap}
  }
  inet_listener imaps {
    port = ${port.imaps}
    ssl = yes
  }
}
`;

function daemon(command, args) {
    const child = spawn(command, args, { stdio: "ignore" });
    child.gone = new Promise((resolve) => child.on("close", resolve));
    children.push(child);
}

async function serversStart(hub) {
    for (const name of ["spool", "mail", "dovecot", "dovecot-state", "home"])
        mkdirSync(path.join(DIR, name));
    writeFileSync(path.join(DIR, "exim.conf"), eximConfiguration(hub), { mode: 0o644 });
    writeFileSync(path.join(DIR, "dovecot.conf"), dovecotConfiguration);
    daemon("/usr/sbin/exim4", ["-C", path.join(DIR, "exim.conf"), "-bdf", "-q1m"]);
    daemon("/usr/sbin/dovecot", ["-F", "-c", path.join(DIR, "dovecot.conf")]);
    await until("Exim starts", () => answers(port.smtp));
    await until("Dovecot starts", () => answers(port.imap));
}

/* What a mailbox says to these commands. */
function imap(name, ...commands) {
    return new Promise((resolve, reject) => {
        const socket = net.connect(port.imap, "127.0.0.1");
        let text = "";
        socket.on("data", (part) => (text += part));
        socket.on("error", reject);
        socket.on("close", () => resolve(text));
        const all = [`LOGIN ${name}@example.org word`, "SELECT INBOX", ...commands, "LOGOUT"];
        socket.write(all.map((command, i) => `a${i} ${command}\r\n`).join(""));
    });
}

/* The letters of a mailbox, by IMAP; they stay unread. */
const imapLetters = (name) => imap(name, "FETCH 1:* BODY.PEEK[]");

/* ---- the hub ---- */

const hub = await Hub.make();
await serversStart(hub);

const url = (scheme, at, rest = "") => `${scheme}://hub:a%20secret%2Fword@localhost:${at}${rest}`;

async function serve(smtp, bounces = "back@hub.test") {
    if (hub.served) await hub.stop();
    process.env.SKEP_SMTP = smtp; /* not on the command line, where others would see it */
    return hub.serve(
        "--base-url",
        "http://hub.test",
        "--mail-from",
        "Grüne Küche <hub@hub.test>",
        "--mail-bounces",
        bounces,
        "--mail-reply",
        "help@hub.test",
    );
}

/* Joins, and gives how the letter that confirms the address stands, when it has been tried. */
async function letterTo(name) {
    const guest = new Person(hub);
    await guest.read("/accounts/new");
    const joined = await guest.form("/accounts", {
        name,
        email: `${name}@example.org`,
        password: `the password of ${name}`,
    });
    equal(joined.status, 303, `${name} joins`);
    return tried(name);
}

function tried(name) {
    return until(`a letter to ${name}`, () => {
        const row = hub.sql(
            `SELECT state, tries, answer FROM mails WHERE address = '${name}@example.org'` +
                " AND (state <> 'queued' OR answer <> '') ORDER BY id DESC LIMIT 1",
        );
        if (!row) return null;
        const [state, tries, ...answer] = row.split("|");
        return { state, tries: Number(tries), answer: answer.join("|") };
    });
}

await test("over TLS, signed in, to a mailbox that IMAP shows", async () => {
    await serve(url("smtps", port.smtps, `?ca=${CERTIFICATE}`));
    equal((await letterTo("ana")).state, "sent", "the letter");
    const text = await until("the letter in Ana's mailbox", async () => {
        const got = await imapLetters("ana");
        return got.includes("Message-ID") && got;
    });
    for (const part of [
        "From: =?UTF-8?Q?Gr=C3=BCne_K=C3=BCche?=",
        "Subject: Confirm your address",
        "Auto-Submitted: auto-generated",
        "Reply-To: help@hub.test",
        "http://hub.test/confirmations/",
        "multipart/alternative",
    ])
        ok(text.includes(part), `${part} is not in the letter:\n${text}`);
    ok(/Return-path: <back\+s\d+\.[0-9a-f]{20}@hub\.test>/.test(text), `return path:\n${text}`);
    ok(/Message-ID: <s\d+\.[0-9a-f]{20}@hub\.test>/.test(text), `Message-ID:\n${text}`);
    const link = /confirmations\/([0-9a-f]{48})/.exec(text.replace(/=\r\n/g, ""));
    ok(link, `the link:\n${text}`);
    const guest = new Person(hub);
    await guest.read(`/confirmations/${link[1]}`);
    equal((await guest.form(`/confirmations/${link[1]}`, {})).status, 303, "the link works");
    equal((await guest.form(`/confirmations/${link[1]}`, {})).status, 404, "and works once");
});

await test("by STARTTLS", async () => {
    await serve(url("smtp", port.smtp, `?tls=starttls&ca=${CERTIFICATE}`));
    equal((await letterTo("ben")).state, "sent", "the letter");
});

await test("4xx and a lost connection are tried again, 5xx is final", async () => {
    await serve(url("smtps", port.smtps, `?ca=${CERTIFICATE}&timeout=2`));
    const want = {
        later: ["queued", /^451.* come again/],
        gone: ["bounced", /^550.* nobody here/],
        spam: ["failed", /^550.* not wanted/],
        drop: ["queued", /./],
        slow: ["queued", /./],
    };
    for (const [name, [state, answer]] of Object.entries(want)) {
        const got = await letterTo(name);
        if (name !== "drop") equal(got.state, state, `the letter to ${name}: ${got.answer}`);
        ok(answer.test(got.answer), `the answer to ${name}: ${got.answer}`);
    }
});

await test("what cannot be delivered comes back, and is understood", async () => {
    ok(/sent|bounced/.test((await letterTo("vanish")).state), "the letter"); /* it may be back */
    const row = await until("the letter comes back", () =>
        hub.sql(
            "SELECT m.answer FROM mails m WHERE m.address = 'vanish@example.org'" +
                " AND m.state = 'bounced'",
        ),
    );
    ok(/./.test(row), row);
    equal(
        hub.sql("SELECT hard FROM mail_addresses WHERE address = 'vanish@example.org'"),
        "1",
        "hard bounces",
    );
});

const HELLO = "From: ben@example.org\r\nSubject: Hello\r\n\r\nIs anybody there?\r\n";

/* Looks into the mailbox of returned letters, which else happens every two minutes. */
function lookNow() {
    hub.sql("PRAGMA busy_timeout = 5000; UPDATE jobs SET due_at = 0" +
        " WHERE kind = 'mail-returned' AND state = 'waiting' AND due_at > 0");
}

await test("or into a mailbox, which is looked into over TLS", async () => {
    const hello = `APPEND INBOX {${HELLO.length}+}\r\n${HELLO}`;
    await imap("returned", hello);
    const box = `imaps://returned%40hub.test:word@localhost:${port.imaps}`;
    process.env.SKEP_IMAP = `${box}?ca=${CERTIFICATE}`;
    await serve(url("smtps", port.smtps, `?ca=${CERTIFICATE}`), "returned@hub.test");
    ok(/sent|bounced/.test((await letterTo("vanish2")).state), "the letter");
    await until("the mail comes back", async () =>
        (await imapLetters("returned")).includes("vanish2@example.org"),
    );
    await until("it is looked for", () => {
        lookNow();
        return hub.sql("SELECT 1 FROM mails WHERE address = 'vanish2@example.org'" +
            " AND state = 'bounced'");
    });
    equal(hub.sql("SELECT hard FROM mail_addresses WHERE address = 'vanish2@example.org'"), "1",
          "hard bounces");
    await until("it is deleted", async () =>
        !(await imapLetters("returned")).includes("vanish2@example.org"),
    );
    const left = await imap("returned", "SEARCH UNSEEN", "FETCH 1:* BODY.PEEK[]");
    ok(/\* SEARCH 1\r/.test(left) && left.includes("Is anybody there?"), `what is left:\n${left}`);

    process.env.SKEP_IMAP = `${box}?ca=${STRANGER}`;
    await serve(url("smtps", port.smtps, `?ca=${CERTIFICATE}`), "returned@hub.test");
    const why = await until("a strange certificate is told of", () => {
        lookNow();
        return hub.sql("SELECT why FROM jobs WHERE kind = 'mail-returned' AND why <> ''");
    });
    ok(/certificate|SSL/i.test(why), why);
    delete process.env.SKEP_IMAP;
});

await test("a certificate of somebody else, or a wrong password: nothing is sent", async () => {
    await serve(url("smtps", port.smtps, `?ca=${STRANGER}`));
    const strange = await letterTo("cai");
    equal(strange.state, "queued", "with a strange certificate");
    ok(/certificate|SSL/i.test(strange.answer), strange.answer);
    await serve(`smtps://hub:wrong@localhost:${port.smtps}?ca=${CERTIFICATE}`);
    const wrong = await letterTo("dee");
    equal(wrong.state, "queued", "with a wrong password");
    ok(/^535|[Ll]ogin/.test(wrong.answer), wrong.answer);
    await serve(url("smtp", port.smtp, "?tls=starttls")); /* the system's authorities */
    equal((await letterTo("eli")).state, "queued", "by authorities that do not know it");
});

await hub.stop();
for (const child of children) child.kill("SIGTERM");
await Promise.all(children.map((child) => child.gone));
done();

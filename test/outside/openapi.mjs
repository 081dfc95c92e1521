/*
 * openapi.mjs: /openapi.json passes a linter, and the program does what it says: every operation is
 * called as a guest, a member and an administrator, with right and with wrong input. No answer is a
 * 5xx, each status is one that is declared, each body is as its schema says, and each refusal is an
 * RFC 9457 problem.
 *
 *     node test/outside/openapi.mjs [sqlite | postgres]
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import Ajv from "ajv/dist/2020.js";
import { Hub, Person, ROOT, done, equal, ok, test } from "./hub.mjs";

const TEA = path.join(ROOT, "src/features/imports/fixtures/tea");
const on = process.argv[2] ?? "sqlite";
process.env.SKEP_IMPORT_DIR = path.dirname(TEA);
process.env.SKEP_WEBHOOK_PRIVATE = "1";
const hub = await Hub.make({ on });
await hub.serve();

/* ---- who calls ---- */

const owner = await hub.owner();
const ana = await hub.person("ana");
const ben = await hub.person("ben");

/* Somebody with a token instead of a cookie; null: a guest. */
function caller(name, email, scopes) {
    const person = new Person(hub);
    person.name = name;
    if (!email) return person;
    const made = hub.run(["token", "create", "--email", email, "--scopes", scopes]);
    equal(made.code, 0, `skep token create: ${made.err}`);
    person.bearer = { Authorization: `Bearer ${made.out.trim()}` };
    return person;
}

const guest = caller("guest");
const member = caller("member", "ana@example.org", "read,write");
const administrator = caller("administrator", "owner@example.org", "admin");

/* ---- what there is to call on ---- */

const space = await owner.must("POST", "/spaces", {
    title: "Lids",
    body: "All about lids",
    openness: "anyone",
    audience: "public",
});
const root = (by, plural, title) =>
    by.must("POST", `/${plural}`, { space: space.id, title, body: "Text", tags: "lids" });
const idea = await root(ana, "ideas", "A lid");
const other = await root(ben, "ideas", "Another lid");
const merged = await root(ben, "ideas", "The same lid");
const topic = await root(ana, "topics", "Which lid?");
const comment = await ben.must("POST", `/ideas/${idea.id}/comments`, { body: "Yes" });
const answer = await ben.must("POST", `/topics/${topic.id}/answers`, { body: "This one" });
/* A type with fields of many kinds. */
const kinds = [
    { kind: "decimal", label: "Length" },
    { kind: "choice", label: "State", choices: "Afloat\nSunk", flags: ["required", "listed"] },
    { kind: "choices", label: "Sails", choices: "Main\nJib" },
    { kind: "money", label: "Price" },
    { kind: "date", label: "Built on" },
    { kind: "time", label: "Seen at" },
    { kind: "bool", label: "Fast" },
    { kind: "rating", label: "Beauty" },
    { kind: "email", label: "Radio" },
    { kind: "address", label: "Berth" },
    { kind: "refs", label: "Crew", target: "person" },
    { kind: "person", label: "Skipper" },
];
const makeType = (noun, label) =>
    owner.must("POST", "/types", {
        noun, label, audience: "public", maker: "member", votes: true,
    });
await makeType("Boat", "Boats");
for (const kind of kinds) await owner.must("POST", "/types/boat/fields", kind);
const first = {
    boats: { state: "afloat", length: 7.1, sails: ["jib"], price: "12 EUR", fast: true,
        built_on: "1980-05-01", berth: "Kai 1", crew: [ben.id], beauty: 5 },
};
const types = (await owner.get("/types")).data;
const plurals = types.map((one) => one.plural);
const voted = new Set(types.filter((one) => one.votes).map((one) => one.plural));
const entries = {}, views = {};
const there = { ideas: idea, topics: topic, people: ana, spaces: space };
for (const { name, plural } of types) {
    const { fields } = (await owner.get(`/types/${name}`)).data;
    const chosen = fields
        .filter((field) => field.required && field.choices)
        .map((field) => [field.name, field.choices.split(" = ")[0]]);
    entries[plural] =
        there[plural] ??
        (await owner.must("POST", `/${plural}`, {
            title: `The first of ${plural}`,
            ...Object.fromEntries(chosen),
            ...first[plural],
        }));
    if (there[plural]) continue; /* with addresses of their own in front of these */
    await owner.must("PATCH", `/${plural}/${entries[plural].id}`, { owner: ben.id });
    await owner.must("POST", `/${plural}/views`, { name: "Mine", query: "sort=title" });
    views[plural] = (await owner.get(`/${plural}/views`)).data[0];
}
await hub.person("lena");
equal(hub.run(["import", "stackexchange", TEA, "--space", "Tea"]).code, 0, "the import");
const upload = { headers: { "Content-Type": "application/octet-stream" }, body: "A note" };
const sent = await ana.ask("POST", "/files?name=note.txt", {
    body: upload.body,
    headers: { ...upload.headers, Accept: "application/json", "X-CSRF-Token": ana.csrf },
});
const [file] = JSON.parse(sent.body).data;
await ana.must("POST", `/ideas/${idea.id}/comments`, { body: `See ${file.markdown}` });

/* The secret link in a letter of the outbox. */
async function linked(kind, address) {
    for (;;) {
        const { data } = await owner.get("/mails");
        const found = data.find((one) => one.kind === kind && one.address === address);
        if (found) {
            const { data: letter } = await owner.get(`/mails/${found.id}`);
            return { id: found.id, token: letter.body.match(/\/([0-9a-f]{48})\b/)[1] };
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}

await ana.must("POST", "/resets", { email: "ana@example.org" });
await ben.must("POST", "/confirmations", {});
await owner.must("POST", "/invitations", { email: "guest@example.net", space: 0 });
await owner.must("POST", "/invitations", { email: "nobody@example.net", space: 0 });
const reset = await linked("reset", "ana@example.org");
const confirmation = await linked("confirm", "ben@example.org");
const invited = await linked("invite", "guest@example.net");
const invitations = (await owner.get("/invitations")).data;
const unwanted = invitations.find((one) => one.address === "nobody@example.net");

const hook = await owner.must("POST", "/webhooks", { name: "x", url: "http://127.0.0.1:9/" });
await owner.must("POST", `/webhooks/${hook.id}/pings`, {});
const [delivery] = (await owner.get(`/webhooks/${hook.id}/deliveries`)).data;

/* Right values of path parameters, by the beginning of the path. */
const ids = {
    ...Object.fromEntries(
        Object.entries(views).map(([plural, { id }]) => [`/${plural}/views/`, { id }]),
    ),
    "/ideas/{id}/merge": { id: merged.id },
    "/ideas/": { id: idea.id },
    "/topics/": { id: topic.id },
    "/comments/": { id: comment.id },
    "/answers/": { id: answer.id },
    "/people/{id}/role": { id: "ben" },
    "/people/{id}/lock": { id: "lena" },
    "/people/": { id: "ana" },
    "/spaces/": { id: "lids", person: ben.id },
    "/r/": { id: comment.id },
    "/files/": { id: file.id, name: "note.txt" },
    "/imports/": { id: 1 },
    "/jobs/": { id: 1 },
    "/owner/": { token: "0000" },
    "/mails/": { id: reset.id },
    "/mail-templates/": { name: "reset" },
    "/resets/": { token: reset.token },
    "/confirmations/": { token: confirmation.token },
    "/invited/": { token: invited.token },
    "/invitations/": { id: unwanted.id },
    "/types/": { id: "ship", field: "masts" },
    ...Object.fromEntries(
        Object.entries(entries).map(([plural, { id }]) => [`/${plural}/`, { id }]),
    ),
    "/webhooks/": { id: hook.id, delivery: delivery.id },
};

/* What must stand in the query, where the description does not say that it must. */
const rightQueries = {
    "/cards": "?path=/spaces/lids",
    "/names": "?type=person&q=a",
    "/imports/archives": "?name=lids.example.zip&space=Lids",
};

/* Right values of fields, where the schema does not give one. */
const rightFields = {
    space: space.id,
    parent: comment.id,
    into: other.id,
    revision: 1,
    activity: 1,
    handle: "ben",
    email: "somebody@example.net",
    website: "https://example.org",
    days: "30",
    folder: "tea",
    query: "sort=title",
    view: 0,
    url: "http://127.0.0.1:9/",
    since: new Date().toISOString(),
    operations: [{ method: "GET", path: "/ideas" }],
};

/* ---- the description ---- */

const asked = await administrator.ask("GET", "/openapi.json", { headers: administrator.bearer });
const text = asked.body;
/* Not in the description, since it is changed, and switched off and on. */
await makeType("Ship", "Ships");
await owner.must("POST", "/types/ship/fields", { kind: "integer", label: "Masts" });
const rig = { kind: "choice", label: "Rig", choices: "Sloop\nKetch\nYawl" };
await owner.must("POST", "/types/ship/fields", rig);
const description = JSON.parse(text);
const METHODS = ["get", "post", "patch", "put", "delete"];
const operations = Object.entries(description.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({ ...item[method], method, path })),
);
/* What takes away comes last, children before their roots; then what brings back, roots first. */
function turn({ method, path }) {
    if (path.startsWith("/types/{id}/fields/")) return method === "delete" ? 10 : 1;
    if (path === "/types/{id}" && method === "delete") return 11;
    if (path === "/types/{id}/restore") return 12;
    const root = ["ideas", "topics", ...plurals].includes(path.split("/")[1]);
    if (path.endsWith("/restore")) return root ? 8 : 9;
    if (method === "delete" && /^\/\w+\/\{id\}$/.test(path)) return root ? 7 : 6;
    return METHODS.indexOf(method);
}
operations.sort((a, b) => turn(a) - turn(b));
for (const o of operations.filter((one) => one.path.includes("/choices"))) {
    o.ids = { field: "rig", choice: "sloop" };
    o.fields = o.path.endsWith("/moves") ? { place: 2 } : {};
}

const ajv = new Ajv({ strict: false, allErrors: true });
for (const format of ["int64", "date", "date-time", "email", "password", "uri", "uri-reference"])
    ajv.addFormat(format, true);
ajv.addSchema(description, "openapi");
const part = (...names) =>
    names.map((name) => "/" + name.replace(/~/g, "~0").replace(/\//g, "~1")).join("");
const validators = new Map();

function check(pointer, value, words) {
    if (!validators.has(pointer)) validators.set(pointer, ajv.compile({ $ref: pointer }));
    const validate = validators.get(pointer);
    ok(validate(value), `${words}: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(value)}`);
}

await test("the description passes the linter", async () => {
    /* Where a word and an id may stand, the word goes first (router.h); ids begin with a digit. */
    const rules = { "no-ambiguous-paths": "off" };
    const config = await createConfig({ extends: ["recommended"], rules });
    const found = await lintFromString({ source: text, config });
    equal(found.map((one) => `${one.ruleId}: ${one.message}`).join("\n"), "", "findings");
});

await test("every route is described, and nothing else", () => {
    const all = JSON.parse(hub.run(["routes", "--json"]).out);
    const own = new Set(all.map(({ method, path }) => `${method} ${path}`));
    const each = ({ method, path, who }) =>
        plurals
            .filter((plural) => voted.has(plural) || !path.endsWith("/votes"))
            .map((plural) => ({ method, path: path.replace("/:type", `/${plural}`), who }))
            .filter((one) => !own.has(`${method} ${one.path}`));
    const routes = all
        .flatMap((route) => (route.path.startsWith("/:type") ? each(route) : [route]))
        .map(
            ({ method, path, who }) =>
                `${method} ${path.replace(/:([a-z_]+)/g, "{$1}")} ${who}`,
        );
    const described = operations.map(
        (o) => `${o.method.toUpperCase()} ${o.path} ${o["x-who"]}`,
    );
    /* "/ideas/:id" stands in front of "/:type/views", since its first word does (router.h). */
    const first = (line) => line.split("/")[1].split(" ")[0];
    const parts = (line) => line.split(" ")[1].split("/");
    const takes = (one, other) =>
        one.length === other.length &&
        one.every((part, i) => part.startsWith(":") || part === other[i]);
    const inFront = [...own].filter((line) => plurals.includes(first(line)));
    const hidden = (line) =>
        !own.has(line) &&
        inFront.some(
            (one) =>
                one.split(" ")[0] === line.split(" ")[0] && takes(parts(one), parts(line)),
        );
    const plain = (line) => line.split(" ").slice(0, 2).join(" ").replace(/\{(\w+)\}/g, ":$1");
    const must = routes.filter((line) => !hidden(plain(line)));
    const missing = must.filter((line) => !described.includes(line));
    const strange = described.filter((line) => !routes.includes(line));
    equal([...missing, ...strange].join("\n"), "", "operations");
    equal(new Set(operations.map((o) => o.operationId)).size, operations.length, "their names");
});

/* ---- calling ---- */

/* Whoever has an account stays; a contact may go. */
const contact = await owner.must("POST", "/people", { title: "A contact" });
operations.find((o) => o.operationId === "delete_people_id").ids = { id: contact.id };

const worked = new Set(); /* operations that did what they are for */
let calls = 0;

function matches(operation, answer, words) {
    const declared = operation.responses[answer.status];
    ok(answer.status < 500, `${words}: ${answer.status} ${answer.body}`);
    ok(declared, `${words}: ${answer.status} is not declared: ${answer.body.slice(0, 300)}`);
    if (answer.status < 400) worked.add(operation);
    if (answer.status === 303 || answer.status === 204) return;
    const type = (answer.headers["content-type"] ?? "").split(";")[0];
    if (answer.status >= 400) {
        if (type === "text/html") return; /* somebody asked for a page */
        equal(type, "application/problem+json", `${words}: the type of a ${answer.status}`);
        const problem = JSON.parse(answer.body);
        check("openapi#/components/schemas/Problem", problem, words);
        equal(problem.status, answer.status, `${words}: the problem's status`);
        if (answer.status === 429) ok(answer.headers["retry-after"], `${words}: no Retry-After`);
    } else if (declared.content["application/json"]) {
        equal(type, "application/json", `${words}: the type`);
        const where = ["paths", operation.path, operation.method, "responses"];
        const schema = [String(answer.status), "content", "application/json", "schema"];
        check(`openapi#${part(...where, ...schema)}`, JSON.parse(answer.body), words);
    }
    if (operation["x-rate"] && answer.status < 400)
        ok(/;r=\d+;t=\d+/.test(answer.headers.ratelimit), `${words}: no RateLimit`);
}

/* A stream has no end: only its head is looked at. */
function head(person, target, headers) {
    return fetch(`http://127.0.0.1:${hub.served.port}${target}`, {
        headers: { ...headers, ...person.bearer },
        signal: AbortSignal.timeout(5000),
    }).then(async (response) => {
        const all = Object.fromEntries(response.headers);
        const stream = all["content-type"] === "text/event-stream";
        const body = stream ? "" : await response.text();
        if (stream) await response.body.cancel();
        return { status: response.status, headers: all, body };
    });
}

async function once(person, operation, target, input) {
    const good = operation.responses["200"] ?? operation.responses["201"];
    const page = good && !good.content["application/json"] && !input.json;
    const headers = {
        Accept: page ? "text/html, text/event-stream" : "application/json",
        ...person.bearer,
        ...(person.csrf && operation.method !== "get" ? { "X-CSRF-Token": person.csrf } : {}),
        ...(input.type ? { "Content-Type": input.type } : {}),
        ...input.headers,
    };
    if (good?.content["text/event-stream"]) return head(person, target, headers);
    return person.ask(operation.method.toUpperCase(), target, {
        headers,
        body: input.body ?? null,
    });
}

/* A restart forgets how often somebody called. */
async function call(person, operation, target, input = {}) {
    const words = `${person.name}: ${operation.method} ${target} ${input.words ?? ""}`;
    let answer = await once(person, operation, target, input).catch((error) => {
        throw new Error(`${words}: ${error.message}\n${hub.served.err}`);
    });
    calls++;
    matches(operation, answer, words);
    if (answer.status === 429) {
        await hub.stop();
        await hub.serve();
        answer = await once(person, operation, target, input);
        matches(operation, answer, words);
    }
    return answer;
}

/* ---- input ---- */

const LONG = "x".repeat(5000);
const WRONG_IDS = ["0", "-1", "9223372036854775807", "99999999999999999999", "word", "12x", "%ff",
    "%00", "%2e%2e", "'"];

function target(operation, replace = {}) {
    const right = Object.entries(ids).find(([begin]) => operation.path.startsWith(begin));
    const any = { id: 1, person: 1, number: 1, field: "title" };
    const values = { ...any, ...right?.[1], ...operation.ids, ...replace };
    return operation.path.replace(/\{([a-z_]+)\}/g, (_, name) => values[name]);
}

/* Each parameter wrong in turn, and each right choice. */
function targets(operation) {
    const all = [];
    for (const parameter of operation.parameters ?? []) {
        const { name, schema, in: where } = parameter;
        if (where === "path")
            for (const wrong of [...WRONG_IDS, other.id, space.id])
                all.push(target(operation, { [name]: wrong }));
        if (where === "query" && name.includes(".")) /* there are very many of these */
            for (const value of ["1", "%00"]) all.push(`${target(operation)}?${name}=${value}`);
        else if (where === "query")
            for (const value of [...(schema.enum ?? ["1", "lids"]), "", LONG, "%ff%fe", "%00", "-1",
                "9223372036854775807", "%27%22*%28"])
                all.push(`${target(operation)}?${name}=${value}`);
    }
    return all;
}

const schemaOf = (operation) => operation.requestBody?.content["application/json"]?.schema;
const uploads = (operation) => operation.requestBody?.content["multipart/form-data"];

function rightValue(name, schema) {
    if (name in rightFields) return rightFields[name];
    if (schema.enum) return schema.enum[0];
    if (schema.type === "array") return [schema.items.enum[0]];
    if (schema.type === "integer") return 1;
    return name === "body" || name === "reason" ? "A new text" : `${name} of it`;
}

/* For a PATCH one field at a time would do; all required ones are sent. */
function rightBody(operation) {
    const schema = schemaOf(operation);
    const body = {};
    for (const [name, of] of Object.entries(schema?.properties ?? {}))
        if ([...schema.required, "body", "query"].includes(name))
            body[name] = rightValue(name, of);
    return { ...body, ...operation.fields };
}

const WRONG_VALUES = [null, true, {}, [[]], -1, 1.5, 1e300, "", "word", "\u0000", "\ud800"];
const asJson = (value, words) => ({
    type: "application/json",
    body: typeof value === "string" ? value : JSON.stringify(value),
    words,
});

/* Bodies that are wrong: `must` is true where nothing but a refusal is right. */
function wrongBodies(operation) {
    if (uploads(operation)) {
        const parts = { type: "multipart/form-data; boundary=b", must: true };
        return [
            { words: "nothing", must: true },
            { ...parts, body: "--b--\r\n", words: "no file" },
            { ...parts, body: "--b\r\nContent-Disp", words: "half a part" },
            { ...parts, type: "multipart/form-data", body: "--b--\r\n", words: "no boundary" },
        ];
    }
    const right = rightBody(operation);
    const schema = schemaOf(operation);
    const all = [
        { ...asJson("{", "half a body"), must: true },
        { ...asJson("[]", "an array"), must: true },
        { ...asJson("[".repeat(4000), "too deep"), must: true },
        { type: "application/json", body: Buffer.from([0x7b, 0x22, 0xff, 0x22]), must: true },
        { type: "application/x-www-form-urlencoded", body: "a=%ff", must: true },
        { type: "text/plain", body: "words", words: "as text", must: true },
    ];
    if (!schema) return all;
    all.push({ ...asJson({ ...right, nope: 1 }, "with another field"), must: true });
    for (const [name, of] of Object.entries(schema.properties)) {
        for (const value of WRONG_VALUES)
            all.push(asJson({ ...right, [name]: value }, `with ${name} ${JSON.stringify(value)}`));
        if (of.maxLength) {
            const long = { ...right, [name]: "x".repeat(of.maxLength + 1) };
            all.push({ ...asJson(long, `with a long ${name}`), must: true });
        }
        if (of.enum) {
            const strange = asJson({ ...right, [name]: "no such" }, `with a strange ${name}`);
            all.push({ ...strange, must: true });
        }
        const { [name]: left, ...without } = right;
        if (schema.required.includes(name))
            all.push({ ...asJson(without, `without ${name}`), must: true });
    }
    return all;
}

/* ---- what docs/api/README.md shows ---- */

/* The words of each curl of a shell text, with the shell's own quoting and variables. */
function curls(shell, environment) {
    const script = `curl() { printf '%s\\0' "$@"; printf '\\n\\0'; }\n${shell}`;
    const out = execFileSync("sh", ["-eu", "-c", script], { encoding: "utf8", env: environment });
    return out.split("\n\0").filter(Boolean).map((one) => one.split("\0").slice(0, -1));
}

function curl(words) {
    const request = { method: "GET", headers: {} };
    for (let i = 0; i < words.length; i++) {
        if (words[i] === "-X") request.method = words[++i];
        else if (words[i] === "-d") request.body = words[++i];
        else if (words[i] === "-H") {
            const [name, value] = words[++i].split(/: (.*)/);
            request.headers[name] = value;
        } else request.url = words[i];
    }
    if (request.body && request.method === "GET") request.method = "POST";
    return fetch(request.url, request);
}

await test("the examples of the guide work", async () => {
    const guide = readFileSync(path.join(ROOT, "docs/api/README.md"), "utf8");
    const mine = await root(ana, "ideas", "An example");
    const environment = {
        HUB: `http://127.0.0.1:${hub.served.port}`,
        TOKEN: member.bearer.Authorization.slice(7),
        IDEA: String(mine.id),
        SPACE: String(space.id),
    };
    const examples = [...guide.matchAll(/^```sh ([\d ]+)\n([^]*?)^```$/gm)];
    ok(examples.length > 4, `${examples.length} examples`);
    for (const [, statuses, shell] of examples) {
        const got = [];
        for (const words of curls(shell, environment)) got.push((await curl(words)).status);
        equal(got.join(" "), statuses, shell);
    }
});

/* ---- token and guest ---- */

const byToken = (operation) => operation.security.some((one) => one.token);

function rightInput(operation) {
    if (uploads(operation)) return { type: "application/octet-stream", body: upload.body };
    return schemaOf(operation) ? asJson(rightBody(operation)) : {};
}

/* What is wrong with one type of records is wrong with all. */
const alike = ({ path }) => {
    const plural = path.split("/")[1];
    return plurals.includes(plural) && plural !== "boats";
};
const apart = operations.filter((operation) => !alike(operation));

await test("every operation with wrong addresses and parameters", async () => {
    for (const operation of apart)
        for (const address of targets(operation)) {
            const reads = operation.method === "get";
            await call(reads ? administrator : member, operation, address);
            if (reads) await call(guest, operation, address);
        }
});

await test("every operation with wrong bodies", async () => {
    for (const operation of apart.filter((o) => o.method !== "get" && byToken(o)))
        for (const input of wrongBodies(operation)) {
            const who = operation["x-who"] === "member" ? member : administrator;
            const answer = await call(who, operation, target(operation), input);
            if (input.must)
                ok(
                    answer.status >= 400,
                    `${operation.operationId} ${input.words}: ${answer.status}`,
                );
        }
});

await test("every operation as it should be called", async () => {
    for (const operation of operations)
        for (const person of [guest, member, administrator]) {
            const needs = operation.parameters.filter((p) => p.in === "query" && p.required);
            const query =
                rightQueries[operation.path] ??
                needs.map((p) => `?${p.name}=${idea.id}`).join("");
            const body = rightInput(operation);
            const answer = await call(person, operation, target(operation) + query, body);
            const words = `${person.name}: ${operation.operationId}`;
            if (person !== guest && !byToken(operation))
                equal(answer.status, 403, `${words} by a token`);
            if (person === guest && operation["x-who"] !== "anyone")
                ok([401, 303].includes(answer.status), `${words}: ${answer.status}`);
        }
});

/* ---- what acts on what others made: each in its turn, on records of its own ---- */

const PNG = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA" +
        "AABJRU5ErkJggg==",
    "base64",
);

async function inTurn(method, address, input = {}, ids = {}) {
    const [at, query] = address.split("?");
    const operation = operations.find((o) => o.method === method && o.path === at);
    ok(operation, `${method} ${at} is not described`);
    operation.ids = ids;
    const where = target(operation) + (query ? `?${query}` : "");
    if (input.type === "application/json") {
        const words = `${method} ${at}`, body = JSON.parse(input.body);
        const taken = ajv.compile(schemaOf(operation) ?? false);
        ok(taken(body), `${words} does not say that it takes ${input.body}`);
        ok(!taken({ ...body, "no-such.field": {} }), `${words} takes all`);
    }
    const answer = await call(administrator, operation, where, input);
    ok(answer.status < 400, `${method} ${where}: ${answer.status} ${answer.body}`);
    const json = (answer.headers["content-type"] ?? "").startsWith("application/json");
    return json ? JSON.parse(answer.body).data : undefined;
}

/* A job is behind it. */
async function until(address, ids, ended) {
    for (let looks = 0; looks < 1000; looks++) {
        const data = await inTurn("get", address, {}, ids);
        if (ended(data)) return data;
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${address} does not end`);
}
const is = (state) => (data) => data.state === state;

const boat = (title) => owner.must("POST", "/boats", { title, state: "afloat" });

await test("many are changed, and it is taken back", async () => {
    const { id } = await boat("Tern");
    await inTurn("get", `/boats/bulk?ids=${id}`);
    const change = { do: "tag", id: [id], value: "old" };
    const bulk = await inTurn("post", "/boats/bulk", asJson(change));
    const ended = (data) => data.left === 0;
    await until("/boats/bulk/{id}", { id: bulk.id }, ended);
    equal((await owner.get(`/boats/${id}`)).data.tags, "old", "its tags");
    await inTurn("post", "/boats/bulk/{id}/undo", {}, { id: bulk.id });
    await until("/boats/bulk/{id}", { id: bulk.id }, (data) => data.undone && ended(data));
    equal((await owner.get(`/boats/${id}`)).data.tags, null, "its tags after that");
});

await test("two become one, and two again", async () => {
    const [left, right] = [await boat("Heron"), await boat("Heron")];
    await inTurn("get", "/duplicates/near?type=person&title=Ana");
    await inTurn("get", "/duplicates");
    await inTurn("get", `/boats/{id}/merges/new?with=${right.id}`, {}, { id: left.id });
    const from = asJson({ from: right.id, title: "left", tags: "both" });
    const merge = await inTurn("post", "/boats/{id}/merges", from, { id: left.id });
    const merged = await until("/merges/{id}", { id: merge.id }, is("done"));
    equal(merged.into_id, left.id, "what it became");
    await inTurn("get", "/merges");
    await inTurn("delete", "/merges/{id}", {}, { id: merge.id });
    await until("/merges/{id}", { id: merge.id }, is("undone"));
    equal((await owner.get(`/boats/${right.id}`)).data.title, "Heron", "the other");
});

await test("a record is shared, and kept for those", async () => {
    const { id } = await owner.must("POST", "/notes", { title: "For Ben" });
    const ask = asJson({ person: String(ben.id), role: "takes part" });
    await inTurn("post", "/notes/{id}/participants", ask, { id });
    await inTurn("get", "/notes/{id}/participants", {}, { id });
    await inTurn("put", "/notes/{id}/audience", asJson({ audience: "participants" }), { id });
    await inTurn("delete", "/notes/{id}/participants/{person}", {}, { id, person: ben.id });
});

await test("a photo is set and removed", async () => {
    const { id } = await owner.must("POST", "/organisations", { title: "Boatyard" });
    await inTurn("get", "/organisations/{id}/photo/edit", {}, { id });
    const photo = { type: "application/octet-stream", body: PNG };
    await inTurn("post", "/organisations/{id}/photo", photo, { id });
    await inTurn("get", "/organisations/{id}/photo", {}, { id });
    await inTurn("delete", "/organisations/{id}/photo", {}, { id });
});

await test("a table is imported, and taken back", async () => {
    const rows = { type: "application/octet-stream", body: "Title,State\nSkua,Afloat\nAuk,?\n" };
    const made = await inTurn("post", "/boats/imports?name=boats.csv", rows);
    const one = { id: made.id }, address = "/boats/imports/{id}";
    const plan = asJson({ "map.0": "title", "map.1": "state", matched: "create" });
    await inTurn("patch", address, plan, one);
    await until(address, one, is("tried"));
    await inTurn("post", `${address}/runs`, {}, one);
    await until(address, one, is("done"));
    const rejects = await inTurn("get", `${address}/rejects`, {}, one);
    equal(rejects.length, 1, "rows that were not taken");
    await inTurn("get", "/boats/imports");
    await inTurn("post", `${address}/undo`, {}, one);
    await until(address, one, is("undone"));
    await inTurn("delete", address, {}, one);
});

await test("a page for people has no JSON", async () => {
    for (const operation of operations)
        if (operation.responses["200"] && !operation.responses["200"].content["application/json"])
            await call(administrator, operation, target(operation), { json: true });
});

/* ---- what no token may do, by a browser's session ---- */

await test("every operation on credentials, by a session", async () => {
    let people = 0;
    for (const operation of operations.filter((o) => !byToken(o))) {
        const fresh = async () => {
            const name = `eve${++people}`;
            const eve = await hub.person(name);
            await eve.read("/account");
            const made = { name: "a script", scopes: ["read"], days: "7" };
            const token = await eve.must("POST", "/account/tokens", made);
            const key = await eve.must("POST", "/account/feed-keys", { name: "a reader" });
            const twin = await Person.signIn(hub, {
                name,
                email: `${name}@example.org`,
                password: `the password of ${name}`,
            });
            const { data } = await eve.get("/account");
            const session = data.sessions.find((one) => !one.own).id;
            twin.agent.destroy();
            const id = { sessions: session, "feed-keys": key.id, tokens: token.id };
            operation.ids = { id: id[operation.path.split("/").at(-2)] };
            operation.fields = {
                ...(["/account/password", "/account/email"].includes(operation.path)
                    ? { current: `the password of ${name}` }
                    : {}),
                ...(operation.path === "/session"
                    ? { email: `${name}@example.org`, password: `the password of ${name}` }
                    : {}),
                ...(operation.path === "/accounts" ? { email: "new@example.org" } : {}),
            };
            return eve;
        };
        let eve = await fresh();
        const wrong = wrongBodies(operation).filter((input) => input.must || on === "sqlite");
        for (const input of operation.method === "get" ? [] : wrong) {
            const answer = await call(eve, operation, target(operation), input);
            if (input.must) ok(answer.status >= 400, `${input.words}: ${answer.status}`);
            const out = /^\/(session|sessions|account\/password)\b/.test(operation.path);
            if (answer.status < 400 && out) eve = await fresh();
        }
        await call(eve, operation, target(operation), rightInput(operation));
    }
});

await test("every operation has worked for somebody", () => {
    const kindOf = ({ method, path }) => {
        const [, first, ...others] = path.split("/");
        return plurals.includes(first) && `${method} ${others.join("/")}`;
    };
    const inTurns = /(bulk|merges|participants|audience|photo|imports)\b/;
    const works = new Set([...worked].map(kindOf).filter((kind) => inTurns.test(kind)));
    const never = operations.filter(
        (o) =>
            !worked.has(o) &&
            !o.path.startsWith("/owner/") && /* the hub has one */
            !/\/change(\/keep)?$/.test(o.path) && /* by a job: see field_changes_test.c */
            o.path !== "/boats/{id}/revisions/{number}/undo" && /* it was changed since */
            !works.has(kindOf(o)) && /* for one type it was called in its turn */
            o.operationId !== "delete_spaces_id" && /* a space stays */
            !/^\/(roles|teams)\/.*\/(types|people)\b/.test(o.path) && /* roles_test.c */
            !(o.path.split("/")[1] in there && /\/(views|undo)\b/.test(o.path)) &&
            !o.path.startsWith("/letters/") && /* in letters about news only: see mail.mjs */
            (o.method === "get" || !o.path.startsWith("/jobs/")), /* what ran is over */
    );
    equal(never.map((o) => o.operationId).join(" "), "", "those that never did");
    ok(calls > 3000, `only ${calls} calls`);
});

await hub.stop();
hub.sound();
done();

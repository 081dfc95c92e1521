/*
 * stop.mjs: SIGTERM under load: what was accepted is answered, and what was answered is kept.
 *
 *     node test/outside/stop.mjs [sqlite | postgres] [ROUNDS]
 *
 * People on kept connections and strangers on new ones ask and write without a pause while the
 * signal comes. Each request either gets a whole answer, or could not connect at all: anything
 * else, a reset or a cut answer, is a lost request.
 */
import http from "node:http";
import net from "node:net";
import { Hub, done, equal, ok, test } from "./hub.mjs";

const PEOPLE = 12;
const STRANGERS = 100;
const BEFORE_MS = 400; /* of load, before the signal */

const on = process.argv[2] ?? "sqlite";
const ROUNDS = Number(process.argv[3] ?? 2);
const hub = await Hub.make({ on });
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function room(owner) {
    const fields = { title: "Room", body: "To write in", openness: "anyone", audience: "public" };
    return (await owner.must("POST", "/spaces", fields)).id;
}

/* One stranger's question, on a connection of its own. */
function ask(port, target) {
    return new Promise((resolve, reject) => {
        const request = http.get(
            { host: "127.0.0.1", port, path: target, agent: false },
            (response) => {
                response.on("aborted", () => reject(new Error("the answer was cut")));
                response.on("data", () => {});
                response.on("end", () => resolve(response.statusCode));
            },
        );
        request.on("error", reject);
    });
}

/* Runs `act` until there is no server any more; counts, and keeps what went wrong. */
async function press(act, told) {
    for (;;) {
        try {
            await act();
            told.answered++;
        } catch (error) {
            if (error.code !== "ECONNREFUSED") told.lost.push(error.message);
            return;
        }
    }
}

/* A raw connection that has said `text` so far. */
function half(port, text) {
    return new Promise((resolve, reject) => {
        const socket = net.connect(port, "127.0.0.1", () => socket.write(text, () => resolve(me)));
        const me = { socket, heard: "" };
        me.ended = new Promise((end) => socket.on("close", end));
        socket.on("data", (part) => (me.heard += part));
        socket.on("error", reject);
    });
}

function heard({ heard }, pattern) {
    ok(pattern.test(heard), `not ${pattern}: ${heard.slice(0, 300)}`);
}

await hub.serve();
const people = await Promise.all(
    Array.from({ length: PEOPLE }, (_, i) => hub.person(`person${i}`)),
);
equal(await hub.stop(), 0, "the exit code without load");

for (let round = 1; round <= ROUNDS; round++)
    await test(`${on}: a stop under load loses nothing, ${round} of ${ROUNDS}`, async () => {
        const served = await hub.serve("--loops", "2");
        const { port } = served;
        const owner = await hub.owner();
        const space = await room(owner);
        const title = "An idea to write on";
        const { id } = await owner.must("POST", "/ideas", { space, title, body: "Text" });
        const writers = people.map((person) => person.twin());
        const told = { answered: 0, lost: [] };
        const written = [];
        let next = 0;
        const load = [
            ...writers.map((who) =>
                press(async () => {
                    const body = `${round}: text ${++next}`;
                    const { status, problem } = await who.post(`/ideas/${id}/comments`, { body });
                    if (status < 300) written.push(body);
                    else ok(status === 429, `a comment: ${status} ${problem}`);
                }, told),
            ),
            ...Array.from({ length: STRANGERS }, () => press(() => ask(port, "/ideas"), told)),
        ];
        const stream = await half(port, `GET /live?topics=${id} HTTP/1.1\r\nHost: hub\r\n\r\n`);
        const slow = await half(port, "GET /ideas.json HTTP/1.1\r\nHost:");
        const idle = await half(port, "GET /session/new HTTP/1.1\r\nHost: hub\r\n\r\n");
        const silent = await half(port, "");
        await pause(BEFORE_MS);
        served.child.kill("SIGTERM");
        await stream.ended;
        slow.socket.write(" hub\r\n\r\n");
        await Promise.all([slow.ended, idle.ended, silent.ended, ...load]);
        equal(await served.gone, 0, "the exit code");
        ok(told.answered > 100, `under load: ${told.answered} answers`);
        equal(told.lost.join("; "), "", `of ${told.answered} requests`);
        heard(slow, /^HTTP\/1.1 200 .*Connection: close\r\n/s);
        heard(stream, /^HTTP\/1.1 200 .*text\/event-stream/s);
        ok(idle.heard.startsWith("HTTP/1.1 200"), "the idle connection was answered before");
        equal(silent.heard, "", "to who said nothing");
        const kept = hub.sql(
            `SELECT count(*) FROM records WHERE root_id = ${id} AND parent_id IS NOT NULL`,
        );
        equal(Number(kept), written.length, "comments that are kept");
        hub.sound();
    });

await test(`${on}: a second signal ends at once`, async () => {
    const served = await hub.serve();
    const slow = await half(served.port, "GET /ideas HTTP/1.1\r\nHost:");
    const before = Date.now();
    served.child.kill("SIGTERM");
    await new Promise((resolve) => {
        const gone = net.connect(served.port, "127.0.0.1");
        const again = () => {
            gone.destroy();
            resolve();
        };
        gone.on("error", again);
        gone.on("connect", again);
    });
    await pause(50);
    served.child.kill("SIGTERM");
    equal(await served.gone, "SIGTERM", "the end");
    ok(Date.now() - before < 5000, "that was not at once");
    await slow.ended;
});

done();

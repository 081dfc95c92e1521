/*
 * run.mjs: runs the browser tests, test/system/NAME.test.mjs, each file on a hub of its own.
 *
 *     node test/system/run.mjs [PATTERN]        SKEP=build/skep  CHROMIUM=/usr/bin/chromium
 *
 * SKEP_TEST_JOBS files are under way at a time, in one browser. A file's tests follow each other;
 * one that exports `apart` as true has tests that change nothing, which may run side by side, too.
 *
 * Prints TAP; the last line is `N passed, N failed`.
 */
import { readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Site, Trial, launch, tests } from "./browser.mjs";

const TIME_LIMIT = 600_000; /* ms for one test; the slowest looks at every page there is */
const SLOW = 3; /* seconds: a test that takes longer says so */
const JOBS = Number(process.env.SKEP_TEST_JOBS ?? 2);
const here = path.dirname(fileURLToPath(import.meta.url));
const pattern = process.argv[2] ?? "";
const count = { passed: 0, failed: 0 };

const files = [];
for (const name of readdirSync(here).filter((name) => name.endsWith(".test.mjs")).sort())
    files.push(await read(name));
/* What takes longest goes first. */
const units = files.flatMap(parts).sort((a, b) => b.file.apart - a.file.apart);
const browser = await launch();
await Promise.all(
    Array.from({ length: JOBS }, async () => {
        while (units.length) await run(units.shift());
    }),
);
await browser.close();
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exit(count.failed ? 1 : 0);

async function read(file) {
    const name = file.replace(".test.mjs", "");
    tests.length = 0;
    /* `export const site = null`: needs no hub */
    const { site, apart = false } = await import(`./${file}`);
    const wanted = tests.filter((one) => `${name}: ${one.name}`.includes(pattern));
    return { name, apart, wanted, left: wanted.length, hub: site === null ? null : undefined };
}

function parts(file) {
    if (file.apart) return file.wanted.map((one) => ({ file, wanted: [one] }));
    return file.wanted.length ? [{ file, wanted: file.wanted }] : [];
}

async function run({ file, wanted }) {
    if (file.hub === undefined) file.hub = Site.start(file.name);
    let hub;
    try {
        hub = await file.hub;
    } catch (error) {
        for (const one of wanted) report(`${file.name}: ${one.name}`, [error.message]);
        return;
    }
    for (const one of wanted) {
        const began = performance.now();
        report(`${file.name}: ${one.name}`, await runTest(one, hub));
        const seconds = (performance.now() - began) / 1000;
        if (seconds > SLOW) console.log(`# took ${seconds.toFixed(1)} s`);
    }
    file.left -= wanted.length;
    if (!hub || file.left) return;
    const trouble = [];
    await hub.stop().catch((error) => trouble.push(error.message));
    report(`${file.name}: the hub stops in peace`, trouble);
}

/* Gives what was wrong. */
async function runTest(one, site) {
    const trial = new Trial(site, browser);
    const wrong = [];
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error("took too long")), TIME_LIMIT);
    });
    try {
        await Promise.race([one.run(trial), late]);
    } catch (error) {
        wrong.push(error.stack ?? String(error));
    }
    clearTimeout(timer);
    wrong.push(...(await trial.end()));
    return wrong;
}

function report(name, wrong) {
    const number = count.passed + count.failed + 1;
    if (wrong.length === 0) {
        count.passed++;
        console.log(`ok ${number} - ${name}`);
        return;
    }
    count.failed++;
    console.log(`not ok ${number} - ${name}`);
    for (const words of wrong) console.log(words.replace(/^/gm, "# "));
}

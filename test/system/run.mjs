/*
 * run.mjs: runs the browser tests, test/system/NAME.test.mjs, each file on a hub of its own.
 *
 *     node test/system/run.mjs [PATTERN]        SKEP=build/skep  CHROMIUM=/usr/bin/chromium
 *
 * Prints TAP; the last line is `N passed, N failed`.
 */
import { readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Site, Trial, launch, tests } from "./browser.mjs";

const TIME_LIMIT = 180_000; /* ms for one test */
const here = path.dirname(fileURLToPath(import.meta.url));
const pattern = process.argv[2] ?? "";
const count = { passed: 0, failed: 0 };

const browser = await launch();
for (const file of readdirSync(here).filter((name) => name.endsWith(".test.mjs")).sort())
    await runFile(file);
await browser.close();
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exit(count.failed ? 1 : 0);

async function runFile(file) {
    const name = file.replace(".test.mjs", "");
    tests.length = 0;
    const { site: none } = await import(`./${file}`); /* `export const site = null`: needs no hub */
    const wanted = tests.filter((one) => `${name}: ${one.name}`.includes(pattern));
    if (wanted.length === 0) return;
    let site = null;
    try {
        if (none !== null) site = await Site.start(name);
    } catch (error) {
        report(`${name}: the hub starts`, [error.message]);
        return;
    }
    for (const one of wanted) report(`${name}: ${one.name}`, await runTest(one, site));
    if (!site) return;
    const trouble = [];
    await site.stop().catch((error) => trouble.push(error.message));
    report(`${name}: the hub stops in peace`, trouble);
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

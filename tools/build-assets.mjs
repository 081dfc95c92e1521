/*
 * build-assets.mjs: makes what browsers load from assets/ and the features' folders:
 *     node tools/build-assets.mjs --out DIR [--scan DIR ...]
 * writes DIR/app.css, app.js, icons.svg, logo.svg, favicon.svg, apple-touch-icon.png, *.woff2, and
 * each script of assets/islands as a file of its own.
 *
 * RULES
 *  1. Nothing is listed by hand: stylesheets, controllers, islands and icons are found where they
 *     lie.
 *  2. The layers' order is fixed: reset, base, components, features, utilities; a stylesheet of
 *     a feature that is not inside `@layer features` stops the build.
 *  3. An icon is in the sprite if `#i-name` stands in a view, a C file or an asset; a name that
 *     neither assets/icons nor Lucide knows stops the build, with the file that asked for it.
 *  4. The same sources make the same bytes.
 *  5. No script adds a <style>: Turbo's is cut out, and the build stops when it cannot find it.
 *
 * WHY  Symbols lose their stroke and fill attributes: those would win over what the page's CSS
 *      passes into <use>, and .icon sets them all. Fonts keep their names and lie beside app.css,
 *      whose addresses are relative, so the server may serve the folder under any path.
 */
import * as esbuild from "esbuild";
import { copyFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const require = createRequire(import.meta.url);
const LAYERS = "@layer reset, base, components, features, utilities;";
const BROWSERS = ["chrome111", "firefox115", "safari16.4"];
const OPTIONS = { out: { type: "string" }, scan: { type: "string" } };
const LICENCES = "Turbo (MIT, 37signals LLC), Stimulus (MIT, Basecamp LLC), Skep (AGPL-3.0)";
const ISLANDS = "SortableJS (MIT, All contributors to Sortable), Skep (AGPL-3.0)";
const STATIC = ["logo.svg", "favicon.svg", "apple-touch-icon.png"];

const { values: options } = parseArgs({ options: OPTIONS });
if (!options.out) {
    console.error("usage: node tools/build-assets.mjs --out DIR [--scan DIR]");
    process.exit(2);
}

try {
    await build(path.resolve(options.out));
} catch (error) {
    if (!error.errors) console.error(`build-assets: ${error.message}`);
    process.exit(1);
}

async function build(out) {
    await mkdir(out, { recursive: true });
    const sources = [...(await walk("assets")), ...(await walk("src"))];
    const scanned = options.scan ? await walk(path.resolve(options.scan)) : [];
    await Promise.all([
        styles(sources, out),
        scripts(sources, out),
        islands(sources, out),
        sprite([...sources, ...scanned], out),
        ...STATIC.map((name) => copyFile(path.join(ROOT, "assets", name), path.join(out, name))),
    ]);
}

/* Every file below a folder of the repository, as sorted paths relative to the root. */
async function walk(folder) {
    const how = { withFileTypes: true, recursive: true };
    const entries = await readdir(path.resolve(ROOT, folder), how).catch(() => []);
    return entries
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(ROOT, path.join(entry.parentPath ?? entry.path, entry.name)))
        .sort();
}

async function styles(sources, out) {
    const common = sources.filter((file) => /^assets\/css\/[^/]+\.css$/.test(file));
    const features = sources.filter((file) => /^src\/features\/[^/]+\/[^/]+\.css$/.test(file));
    for (const file of features) await checkLayer(file);
    const imports = [...common, ...features].map((file) => `@import "./${file}";`);
    await esbuild.build({
        stdin: {
            contents: [LAYERS, ...imports].join("\n"),
            resolveDir: ROOT,
            sourcefile: "app.css",
            loader: "css",
        },
        bundle: true,
        minify: true,
        legalComments: "none",
        target: BROWSERS,
        loader: { ".woff2": "file", ".svg": "dataurl" },
        assetNames: "[name]",
        outfile: path.join(out, "app.css"),
        logLevel: "warning",
    });
}

/* Blocks shrink from the inside to one character each; only those of the layer may be left. */
async function checkLayer(file) {
    const text = await readFile(path.join(ROOT, file), "utf8");
    let bare = text.replace(/\/\*[^]*?\*\/|"[^"]*"|'[^']*'/g, "");
    for (let before; before !== bare; ) {
        before = bare;
        bare = bare.replace(/\{[^{}]*\}/g, "\0");
    }
    if (!/^(\s*@layer features\s*\0)*\s*$/.test(bare)) {
        throw new Error(`${file}: put all of it inside "@layer features { }"`);
    }
}

async function scripts(sources, out) {
    const files = sources.filter(
        (file) =>
            /^assets\/controllers\/[^/]+\.js$/.test(file) ||
            /^src\/features\/[^/]+\/[^/]+\.js$/.test(file),
    );
    await esbuild.build({
        entryPoints: [path.join(ROOT, "assets/app.js")],
        bundle: true,
        minify: true,
        format: "esm",
        target: "es2022",
        legalComments: "none",
        banner: { js: `/* ${LICENCES} */` },
        outfile: path.join(out, "app.js"),
        plugins: [
            { name: "controllers", setup: (bundler) => provide(bundler, files) },
            { name: "turbo", setup: unstyle },
        ],
        logLevel: "warning",
    });
}

/* Scripts that few pages need, each a module of its own, which a controller imports. */
async function islands(sources, out) {
    const files = sources.filter((file) => /^assets\/islands\/[^/]+\.js$/.test(file));
    await esbuild.build({
        entryPoints: files.map((file) => path.join(ROOT, file)),
        bundle: true,
        minify: true,
        format: "esm",
        target: "es2022",
        legalComments: "none",
        banner: { js: `/* ${ISLANDS} */` },
        outdir: out,
        logLevel: "warning",
    });
}

/* Answers `import controllers from "controllers"` with all controllers, by name. */
function provide(bundler, files) {
    const names = files.map((file) => path.basename(file, ".js").replaceAll("_", "-"));
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    const filter = /^controllers$/;
    bundler.onResolve({ filter }, () => ({ path: "controllers", namespace: "controllers" }));
    bundler.onLoad({ filter, namespace: "controllers" }, () => ({
        errors: twice ? [{ text: `two controllers are named "${twice}"` }] : [],
        resolveDir: ROOT,
        contents: [
            ...files.map((file, at) => `import c${at} from "./${file}";`),
            `export default { ${names.map((name, at) => `"${name}": c${at}`).join(", ")} };`,
        ].join("\n"),
    }));
}

/* Turbo puts its progress bar's <style> into the page as it loads. */
function unstyle(bundler) {
    const filter = /@hotwired\/turbo\/dist\/[^/]+\.js$/;
    const install = "this.installStylesheetElement();";
    bundler.onLoad({ filter }, async (file) => {
        const parts = (await readFile(file.path, "utf8")).split(install);
        const found = parts.length === 2;
        const errors = found ? [] : [{ text: "Turbo installs its <style> otherwise now" }];
        return { contents: parts.join(""), errors };
    });
}

async function sprite(sources, out) {
    const lucide = path.join(path.dirname(require.resolve("lucide-static/package.json")), "icons");
    const wanted = await used(sources);
    const symbols = [];
    for (const name of [...wanted.keys()].sort()) {
        const own = path.join(ROOT, "assets/icons", `${name}.svg`);
        const text = await read(own, path.join(lucide, `${name}.svg`));
        if (!text) throw new Error(`${wanted.get(name)}: there is no icon "${name}"`);
        symbols.push(symbol(name, text));
    }
    await writeFile(
        path.join(out, "icons.svg"),
        `<!-- Icons: Lucide (ISC, Lucide Icons and Contributors; parts MIT, Cole Bemis); ` +
            `drawings: Skep. -->\n` +
            `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`,
    );
}

/* The icons asked for, each with a file that asks. */
async function used(sources) {
    const wanted = new Map();
    for (const file of sources.filter((file) => /\.(html|c|h|js|css)$/.test(file))) {
        const text = await readFile(path.resolve(ROOT, file), "utf8");
        for (const [, name] of text.matchAll(/#i-([a-z0-9]+(?:-[a-z0-9]+)*)/g)) {
            if (!wanted.has(name)) wanted.set(name, file);
        }
    }
    return wanted;
}

async function read(...files) {
    for (const file of files) {
        const text = await readFile(file, "utf8").catch(() => null);
        if (text) return text;
    }
    return null;
}

function symbol(name, text) {
    const box = text.match(/viewBox="([^"]+)"/)?.[1];
    const inside = text.match(/<svg[^>]*>([^]*)<\/svg>/)?.[1];
    if (!box || !inside) throw new Error(`icon "${name}" is not an SVG with a viewBox`);
    const shapes = inside.replace(/<!--[^]*?-->/g, "").replace(/\s*\n\s*/g, "").trim();
    return `<symbol id="i-${name}" viewBox="${box}">${shapes}</symbol>`;
}

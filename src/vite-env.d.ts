/** Version of the product, from package.json. */
declare const __VERSION__: string;
/** What it was built from: 40 hex digits, with `+changes` where the sources differed from that commit; `unknown` outside a repository. */
declare const __COMMIT__: string;

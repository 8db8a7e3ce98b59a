/** Version of the product, from package.json. */
declare const __VERSION__: string;
/** What it was built from: 40 hex digits, with `+changes` where the sources differed from that commit; `unknown` outside a repository. */
declare const __COMMIT__: string;
/** The address of a worker's script, built by itself. */
declare module '*?worker&url' {
  const address: string;
  export default address;
}

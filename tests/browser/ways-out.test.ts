/** Code that should not be there tries to tell somebody on this machine what it found: none of it arrives. */
import { createSocket, type Socket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { HEADERS } from '../../scripts/headers.ts';
import { launchChromium } from './chromium.ts';
import { visit } from './page.ts';
import { StaticHost } from './static-host.ts';
import { reachDonor } from './states.ts';

/** Hears every connection and every datagram. The first line of a request names its way. */
class Listener {
  readonly heard: string[] = [];
  readonly #tcp: Server;
  readonly #udp: Socket = createSocket('udp4');

  private constructor() {
    this.#tcp = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (data) => {
        this.heard.push(/^\w+ \/([\w-]*)/.exec(data.toString('latin1'))?.[1] ?? 'something');
        const body = '<link rel="icon" href="data:,">'; // nobody asks for one of mine
        socket.end(
          `HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Type: text/html\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        );
      });
    });
    this.#udp.on('message', () => this.heard.push('datagram'));
  }

  static async open(): Promise<Listener> {
    const listener = new Listener();
    await new Promise<void>((resolve) => listener.#tcp.listen(0, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => listener.#udp.bind(listener.port, '127.0.0.1', resolve));
    return listener;
  }
  get port(): number {
    return (this.#tcp.address() as AddressInfo).port;
  }
  close(): void {
    this.#tcp.close();
    this.#udp.close();
  }
}

let browser: Browser;
let listener: Listener;
beforeAll(async () => {
  browser = await launchChromium();
  listener = await Listener.open();
});
afterAll(async () => {
  await browser.close();
  listener.close();
});

/** Each is tried with the address of the listener; what it throws is the page's good luck. */
const WAYS_OF_THE_PAGE = `
  const put = (tag, set) => { const one = document.createElement(tag); set(one); document.body.append(one); return one; };
  const ways = {
    fetch: () => fetch(to),
    'fetch-of-a-frame': () => put('iframe', () => {}).contentWindow.fetch(to),
    'fetch-later': () => fetchLater(to, { activateAfter: 0 }),
    xhr: () => { const ask = new XMLHttpRequest(); ask.open('GET', to); ask.send(); },
    beacon: () => navigator.sendBeacon(to, 'x'),
    socket: () => new WebSocket(to.replace('http', 'ws')),
    events: () => new EventSource(to),
    transport: () => new WebTransport(to.replace('http:', 'https:')),
    image: () => { new Image().src = to; },
    script: () => put('script', (one) => { one.src = to; }),
    import: () => import(to),
    style: () => put('link', (one) => { one.rel = 'stylesheet'; one.href = to; }),
    'css-of-a-script': () => put('div', (one) => { one.style.backgroundImage = 'url(' + to + ')'; }),
    prefetch: () => put('link', (one) => { one.rel = 'prefetch'; one.href = to; }),
    preload: () => put('link', (one) => { one.rel = 'preload'; one.as = 'image'; one.href = to; }),
    modulepreload: () => put('link', (one) => { one.rel = 'modulepreload'; one.href = to; }),
    icon: () => put('link', (one) => { one.rel = 'icon'; one.href = to; }),
    manifest: () => put('link', (one) => { one.rel = 'manifest'; one.href = to; }),
    font: () => new FontFace('x', 'url(' + to + ')').load(),
    audio: () => new Audio(to).load(),
    video: () => put('video', (one) => { one.src = to; one.load(); }),
    object: () => put('object', (one) => { one.data = to; }),
    embed: () => put('embed', (one) => { one.src = to; }),
    frame: () => put('iframe', (one) => { one.src = to; }),
    worker: () => new Worker(to),
    'shared-worker': () => new SharedWorker(to),
    'blob-worker': () => new Worker(URL.createObjectURL(new Blob(['fetch("' + to + '")']))),
    cache: () => caches.open('x').then((cache) => cache.add(to)),
    form: () => put('form', (one) => { one.action = to; }).submit(),
    open: () => window.open(to),
    rtc: () => {
      const peer = new RTCPeerConnection({ iceServers: [{ urls: 'stun:127.0.0.1:' + port }] });
      peer.createDataChannel('x');
      return peer.createOffer().then((offer) => peer.setLocalDescription(offer));
    },
    assign: () => location.assign(to),
    refresh: () => put('meta', (one) => { one.httpEquiv = 'refresh'; one.content = '0;url=' + to; }),
  };
`;
const WAYS_OF_THE_WORKER = `
  const proto = WorkerGlobalScope.prototype;
  const ways = {
    fetch: () => fetch(to),
    'fetch-of-the-prototype': () => proto.fetch.call(self, to),
    'fetch-of-a-descriptor': () => Object.getOwnPropertyDescriptor(proto, 'fetch').value.call(self, to),
    xhr: () => { const ask = new XMLHttpRequest(); ask.open('GET', to); ask.send(); },
    socket: () => new WebSocket(to.replace('http', 'ws')),
    events: () => new EventSource(to),
    transport: () => new WebTransport(to.replace('http:', 'https:')),
    scripts: () => proto.importScripts.call(self, to),
    font: () => new FontFace('x', 'url(' + to + ')').load(),
    'font-set': () => { self.fonts.add(new FontFace('x', 'url(' + to + ')')); return self.fonts.load('1em x'); },
    caches: () => self.caches.open('x').then((cache) => cache.add(to)),
    'caches-of-the-prototype': () =>
      Object.getOwnPropertyDescriptor(proto, 'caches').get.call(self).open('x').then((cache) => cache.add(to)),
    worker: () => new Worker(to),
    'blob-worker': () => new Worker(URL.createObjectURL(new Blob(['fetch("' + to + '")']))),
    constructor: () => self.constructor.prototype.fetch.call(self, to),
  };
`;
/** Text that would become markup or script, where a page has no Trusted Types. */
const TEXT_BECOMES = `
  const markup = '<i class="injected"></i>';
  const code = 'globalThis.injected = true';
  const script = location.href.replace(/[#?].*/, '') + 'sw.js';
  const body = document.body;
  const ways = {
    innerHTML: () => { body.appendChild(document.createElement('div')).innerHTML = markup; },
    outerHTML: () => { body.appendChild(document.createElement('div')).outerHTML = markup; },
    insertAdjacentHTML: () => body.insertAdjacentHTML('beforeend', markup),
    setHTMLUnsafe: () => body.appendChild(document.createElement('div')).setHTMLUnsafe(markup),
    shadow: () => { document.createElement('div').attachShadow({ mode: 'open' }).innerHTML = markup; },
    fragment: () => body.append(document.createRange().createContextualFragment(markup)),
    parser: () => body.append(...new DOMParser().parseFromString(markup, 'text/html').body.children),
    write: () => document.write(markup),
    srcdoc: () => { body.appendChild(document.createElement('iframe')).srcdoc = markup; },
    'srcdoc-as-attribute': () => body.appendChild(document.createElement('iframe')).setAttribute('srcdoc', markup),
    eval: () => (0, eval)(code),
    function: () => new Function(code)(),
    'async-function': () => (async () => {}).constructor(code)(),
    timeout: () => setTimeout(code),
    'event-attribute': () => body.setAttribute('onclick', code),
    'script-text': () => { body.appendChild(document.createElement('script')).textContent = code; },
    'script-src': () => { body.appendChild(document.createElement('script')).src = script; },
    worker: () => new Worker(script),
    'worker-of-text': () => new Worker('data:text/javascript,' + code),
    'shared-worker': () => new SharedWorker(script),
    'service-worker': () => navigator.serviceWorker.register(script),
    'own-policy': () => trustedTypes.createPolicy('own', { createHTML: (text) => text }),
    'policy-of-the-page': () => trustedTypes.createPolicy('meshpress', { createScriptURL: (text) => text }),
    'policy-of-svelte': () => trustedTypes.createPolicy('svelte-trusted-html', { createHTML: (text) => text }),
    'default-policy': () => trustedTypes.createPolicy('default', { createHTML: (text) => text }),
  };
`;
/** Resolves the ways that were tried and those that were not refused. In a task of the page: what a driver evaluates itself may use eval. */
const taken = `new Promise((resolve) => setTimeout(async () => {
  ${TEXT_BECOMES}
  const open = [];
  for (const name of Object.keys(ways)) {
    try {
      await ways[name]();
      open.push(name);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof EvalError)) open.push(name + ': ' + error);
    }
  }
  await new Promise((ran) => setTimeout(ran));
  const came = document.querySelectorAll('.injected').length;
  resolve({ tried: Object.keys(ways), open, came, ran: globalThis.injected === true });
}))`;
const IMPORT = 'const ways = { import: () => import(to) };';
/** Goes through every way, as text: names by hand would be bundled. Resolves the names that were tried. */
const attempt = (ways: string, port: number) => `(async () => {
  const port = ${port};
  let to = '';
  ${ways}
  const names = Object.keys(ways);
  for (const name of names) {
    to = 'http://127.0.0.1:' + port + '/' + name;
    // some hang for as long as nobody answers them
    try { await Promise.race([ways[name](), new Promise((resolve) => setTimeout(resolve, 100))]); } catch {}
  }
  return names;
})()`;

/** A page without any policy gets through: what was sent before it has come too. */
async function afterAllElse(page: Page, name: string): Promise<void> {
  const other = await page.context().newPage();
  await other.goto(`http://127.0.0.1:${listener.port}/${name}`).catch(() => {});
  await expect.poll(() => listener.heard).toContain(name);
  await other.close();
}

describe('code in the page that should not be there', () => {
  test('gets nothing out, by none of the ways there are', async () => {
    const { page } = await visit(browser, inject('pageUrl'));
    await reachDonor(page);
    const tried = (await page.evaluate(attempt(WAYS_OF_THE_PAGE, listener.port))) as string[];
    expect(tried.length).toBeGreaterThan(30);
    await afterAllElse(page, 'after-the-page');
    expect(listener.heard.splice(0)).toEqual(['after-the-page']);
    expect(await page.evaluate('document.querySelector("h1").textContent')).toBe('light'); // it is still there
    await page.context().close();
  });
});

describe('text that should not be there', () => {
  test('becomes neither markup nor script, for a browser with Trusted Types', async () => {
    const { page } = await visit(browser, inject('pageUrl'));
    await reachDonor(page);
    const { tried, ...came } = await page.evaluate<{ tried: string[] }>(taken);
    expect(tried.length).toBeGreaterThan(20);
    expect(came).toEqual({ open: [], came: 0, ran: false });
    await page.context().close();
  });
});

describe('code in the engine that should not be there', () => {
  test('gets nothing out, though no policy holds for a worker whose host sends none', async () => {
    const host = await StaticHost.open();
    const { page } = await visit(browser, host.url);
    await reachDonor(page);
    const [worker] = page.workers();
    const tried = (await worker!.evaluate(attempt(WAYS_OF_THE_WORKER, listener.port))) as string[];
    expect(tried.length).toBeGreaterThan(12);
    await afterAllElse(page, 'after-the-worker');
    expect(listener.heard.splice(0)).toEqual(['after-the-worker']);

    // open where the host sends no headers, as docs/security.md says; and the listener is not deaf
    await worker!.evaluate(attempt(IMPORT, listener.port));
    await expect.poll(() => listener.heard.splice(0)).toEqual(['import']);
    await page.context().close();
    await host.close();
  });

  test('cannot import from elsewhere where the host sends the headers that the page asks for', async () => {
    const { page } = await visit(browser, inject('pageUrl'));
    await reachDonor(page);
    await page.workers()[0]!.evaluate(attempt(IMPORT, listener.port));
    await afterAllElse(page, 'after-the-import');
    expect(listener.heard.splice(0)).toEqual(['after-the-import']);
    await page.context().close();
  });
});

describe('a foreign page around this one', () => {
  test('gets none of it: by a header where the host sends it, and by the page where not', async () => {
    const host = await StaticHost.open();
    const { page } = await visit(browser, host.url);
    const other = await page.context().newPage();
    const around = (url: string) => other.setContent(`<iframe src="${url}"></iframe>`);
    await around(host.url);
    const inside = other.frameLocator('iframe');
    await inside.getByText('does not run inside another page').waitFor();
    expect(await inside.getByRole('button').count()).toBe(0);

    const answer = (await page.request.get(inject('pageUrl'))).headers();
    const recipe = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
    for (const [name, value] of Object.entries(HEADERS)) {
      expect(answer[name.toLowerCase()]).toBe(value);
      expect(recipe).toContain(`${name}: ${value}\n`);
    }
    expect(HEADERS['Content-Security-Policy']).toContain("frame-ancestors 'none'");
    await page.context().close();
    await host.close();
  });
});

/**
 * Requests that are sent while the probe works on the one before, so that it need not wait for the next. Their replies come in the
 * order of the requests.
 *
 * @param most   requests under way at once
 * @param ask    sends one
 * @param judge  looks at its reply; false when nothing more is to be sent: replies that are still to come are then fetched and thrown
 *               away
 */
export async function workAhead<Request, Reply>(
  requests: Iterable<Request>,
  most: number,
  ask: (request: Request) => Promise<Reply>,
  judge: (reply: Reply, request: Request) => boolean,
): Promise<void> {
  const underWay: { readonly request: Request; readonly reply: Promise<Reply> }[] = [];
  const judgeOldest = async (): Promise<boolean> => {
    const { request, reply } = underWay.shift()!;
    const received = await reply; // where this fails the link is of no more use, and no other reply is waited for
    let goesOn = false;
    try {
      goesOn = judge(received, request);
    } finally {
      if (!goesOn) await Promise.allSettled(underWay.map((one) => one.reply)); // what is judged is what is told
    }
    return goesOn;
  };
  for (const request of requests) {
    if (underWay.length === most && !(await judgeOldest())) return;
    const reply = ask(request);
    reply.catch(() => {}); // looked at when its turn comes
    underWay.push({ request, reply });
  }
  while (underWay.length > 0) if (!(await judgeOldest())) return;
}

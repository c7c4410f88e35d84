import { type Place, SlipwayError } from '../../util/index.ts';
import type { Scope } from './auth/tokens.ts';
import type { Answer } from './http/answer.ts';
import { expectStatus, jsonOf } from './http/expect.ts';
import type { Transport } from './transport.ts';

/** No registry needs so many; one that gives more leads in circles. */
const MOST_PAGES = 10_000;

/**
 * The JSON documents of a list that a registry gives page by page (distribution-spec 1.1, § Listing Tags: `Link`);
 * none when there is no such list.
 */
export async function* pages(
  transport: Transport,
  path: string,
  scope: Scope,
  place: Place & { readonly image: string },
): AsyncGenerator<unknown, void, undefined> {
  let url: string | URL | undefined = path;
  for (let count = 0; url !== undefined; count++) {
    if (count >= MOST_PAGES)
      throw new SlipwayError('OCI_REGISTRY_PROTOCOL', `the registry's list has more than ${MOST_PAGES} pages.`, {
        place,
      });
    const answer: Answer = await transport.send({ method: 'GET', url, scope });
    if (answer.status === 404) {
      answer.discard();
      return;
    }
    await expectStatus(answer, [200], place.image);
    yield await jsonOf(answer, place);
    const next: string | undefined = /<([^>]+)>\s*;\s*rel="?next"?/i.exec(answer.header('link') ?? '')?.[1];
    url = next === undefined ? undefined : new URL(next, await transport.resolve(String(url)));
  }
}

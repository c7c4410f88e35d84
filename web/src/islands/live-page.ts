/**
 * `<live-page data-release>`: while a release is being worked on, asks the API for news; when something changed it
 * fetches the page again and replaces those `[data-live]` parts that differ. Reading, scrolling and typing go on.
 */
import type { ReleaseProgress } from '../lib/types.ts';

const EAGER = 1500;
const PATIENT = 15_000;

/** Keys of what must survive a replacement: opened details, and the focused element. */
const OPEN = 'details[open][id]';

class LivePage extends HTMLElement {
  #seen: string | undefined;
  #delay = EAGER;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #markup = new Map<string, string>();

  connectedCallback(): void {
    this.#again();
  }

  disconnectedCallback(): void {
    clearTimeout(this.#timer);
  }

  #again(): void {
    this.#timer = setTimeout(() => void this.#look(), this.#delay);
  }

  async #look(): Promise<void> {
    if (document.hidden) return this.#again();
    try {
      const response = await fetch(`/api/releases/${encodeURIComponent(this.dataset.release ?? '')}/progress`);
      if (!response.ok) throw new Error(`status ${response.status}`);
      const news = await response.text();
      if (news !== this.#seen) {
        this.#announce(JSON.parse(news) as ReleaseProgress);
        await this.#refresh();
        this.#seen = news;
      }
      this.#delay = EAGER;
    } catch {
      // The server is being restarted, perhaps: ask less and less often until it is back.
      this.#delay = Math.min(this.#delay * 2, PATIENT);
    }
    if (this.dataset.release) this.#again();
  }

  /** One sentence for screen readers, and only when it is a new one. */
  #announce(release: ReleaseProgress): void {
    const step = release.steps.find(({ state }) => state === 'running');
    const sentence = step ? `${step.title}: running.` : `${release.name}: ${release.phase}.`;
    const status = this.querySelector('[role=status]');
    if (status && status.textContent !== sentence) status.textContent = sentence;
  }

  async #refresh(): Promise<void> {
    const response = await fetch(location.href, { headers: { accept: 'text/html' } });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    for (const old of document.querySelectorAll<HTMLElement>('[data-live]')) {
      const name = old.dataset.live ?? '';
      const fresh = page.querySelector(`[data-live="${CSS.escape(name)}"]`);
      if (fresh && this.#markup.get(name) !== fresh.innerHTML) {
        this.#markup.set(name, fresh.innerHTML);
        replace(old, fresh);
      }
    }
    // The new page says which release to follow next; none when all work is done.
    const next = page.querySelector<HTMLElement>('live-page')?.dataset.release;
    if (next) this.dataset.release = next;
    else delete this.dataset.release;
  }
}

function replace(old: HTMLElement, fresh: Element): void {
  const open = [...old.querySelectorAll(OPEN)].map(({ id }) => id);
  const focused = old.contains(document.activeElement) ? document.activeElement?.id : undefined;
  old.replaceChildren(...fresh.childNodes);
  for (const id of open) document.getElementById(id)?.setAttribute('open', '');
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

customElements.define('live-page', LivePage);

/** `<demo-run data-set>`: starts a run of the example stream and goes to the page of the release it makes. */
import { post } from './post.ts';

class DemoRun extends HTMLElement {
  connectedCallback(): void {
    this.querySelector('button')?.addEventListener('click', () => void this.#start());
  }

  async #start(): Promise<void> {
    const button = this.querySelector('button');
    const status = this.querySelector('[role=status]');
    if (!button || !status || button.disabled) return;
    button.disabled = true;
    status.textContent = 'Starting the run …';
    const answer = await post('/api/demo', { set: this.dataset.set });
    if ('problem' in answer) {
      status.textContent = answer.problem;
      button.disabled = false;
      return;
    }
    location.href = `/releases/${encodeURIComponent((answer.body as { release: string }).release)}`;
  }
}

customElements.define('demo-run', DemoRun);

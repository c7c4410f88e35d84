/** `<decide-release data-release>`: accepts or rejects a release by hand, with a reason, and shows the outcome. */
import { post } from './post.ts';

class DecideRelease extends HTMLElement {
  connectedCallback(): void {
    this.querySelector('form')?.addEventListener('submit', (event) => {
      event.preventDefault();
      if (event.submitter instanceof HTMLButtonElement) void this.#decide(event.submitter.value);
    });
  }

  async #decide(verb: string): Promise<void> {
    const input = this.querySelector('input');
    const status = this.querySelector('[role=status]');
    if (!input || !status) return;
    status.textContent = 'Sending …';
    const answer = await post(`/api/releases/${encodeURIComponent(this.dataset.release ?? '')}/${verb}`, {
      reason: input.value,
    });
    if ('problem' in answer) status.textContent = answer.problem;
    else location.reload();
  }
}

customElements.define('decide-release', DecideRelease);

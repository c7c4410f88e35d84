/** `<channel-graph>`: pointing at a release, or moving the focus to it, lights up what leads to it and from it. */
class ChannelGraph extends HTMLElement {
  connectedCallback(): void {
    const light = ({ target }: Event) =>
      this.#light(target instanceof Element ? target.closest<SVGElement>('[data-version]') : null);
    this.addEventListener('focusin', light);
    this.addEventListener('mouseover', light);
    this.addEventListener('focusout', () => this.#light(null));
    this.addEventListener('mouseleave', () => this.#light(null));
  }

  #light(node: SVGElement | null): void {
    const version = node?.dataset.version;
    this.toggleAttribute('data-lit', version !== undefined);
    const near = new Set([version]);
    for (const edge of this.querySelectorAll<SVGElement>('[data-from]')) {
      const { from, to } = edge.dataset;
      const lit = version !== undefined && (from === version || to === version);
      edge.toggleAttribute('data-lit', lit);
      if (lit) near.add(from).add(to);
    }
    for (const other of this.querySelectorAll<SVGElement>('[data-version]')) {
      other.toggleAttribute('data-lit', version !== undefined && near.has(other.dataset.version));
    }
  }
}

customElements.define('channel-graph', ChannelGraph);

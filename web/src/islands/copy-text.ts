/** `<copy-text data-text data-what [data-compact]>`: puts a copy button beside a text; nothing without JavaScript. */
import { ICONS, type IconName } from '../lib/icons.ts';

const SVG = 'http://www.w3.org/2000/svg';

function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/** The Clipboard API exists only on https and localhost; a hidden selection works on plain http too. */
async function copy(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

class CopyText extends HTMLElement {
  #button = document.createElement('button');

  connectedCallback(): void {
    this.#button.type = 'button';
    this.#show('copy', 'Copy');
    this.#button.onclick = () => void this.#copy();
    this.replaceChildren(this.#button);
  }

  #show(name: IconName, word: string): void {
    const text = document.createElement('span');
    text.textContent = word;
    text.classList.toggle('visually-hidden', this.dataset.compact !== undefined);
    const what = document.createElement('span');
    what.className = 'visually-hidden';
    what.textContent = ` ${this.dataset.what ?? ''}`;
    this.#button.replaceChildren(icon(name), text, what);
  }

  async #copy(): Promise<void> {
    const pre = this.parentElement?.querySelector('pre');
    await copy(this.dataset.text ?? pre?.textContent ?? '');
    this.#button.dataset.copied = '';
    this.#button.setAttribute('aria-live', 'polite');
    this.#show('check', 'Copied');
    setTimeout(() => {
      delete this.#button.dataset.copied;
      this.#show('copy', 'Copy');
    }, 2000);
  }
}

customElements.define('copy-text', CopyText);

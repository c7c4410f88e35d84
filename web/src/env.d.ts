/// <reference types="astro/client" />

declare namespace App {
  interface Locals {
    /** In-process call of the HTTP API; absent while guides are prerendered. */
    api: import('./lib/api.ts').Api;
  }
}

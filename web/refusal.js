// What the server answers instead of a result.
import { t, has } from "./words.js";

export class Refusal extends Error {
  constructor(error) {
    super(error.message ?? "refused");
    this.code = error.code;
    this.reason = error.data?.reason ?? null;
    this.parameter = error.data?.param ?? null;
    this.retryAfter = error.data?.retryAfter ?? 1000;
  }

  /// Worth asking again: nothing was decided about the request itself.
  get isTransient() { return this.code === 429 || this.code === 503; }

  /// What to tell people, in their language.
  get words() {
    if (this.reason && has(`refusal.${this.reason}`)) return t(`refusal.${this.reason}`);
    if (this.parameter && has(`parameter.${this.parameter}`)) return t(`parameter.${this.parameter}`);
    return this.code === -32602 ? t("refusal.parameters") : t("refusal.other");
  }
}

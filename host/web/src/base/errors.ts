/** What can go wrong between this page and the server, in one type. */
import type { ErrorCode, WireError } from '../wire';

/** `unreachable`: no answer came, so it may have been carried out or not. */
export type Code = ErrorCode | 'unreachable';

export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly code: Code,
    message: string,
    readonly retryable: boolean,
    readonly retryAfterMs: number | null = null,
    readonly details: NonNullable<WireError['details']> | null = null,
  ) {
    super(message);
  }

  static of(error: WireError): ApiError {
    return new ApiError(error.code, error.message, error.retryable, error.retry_after_ms ?? null, error.details ?? null);
  }

  static unreachable(): ApiError {
    return new ApiError('unreachable', 'the server did not answer', true);
  }

  /** The reason that an admin or a policy gave. */
  get reason(): string | null {
    return this.details?.reason ?? null;
  }
}

/** Any failure as one of ours: what is none is a defect of this page and is thrown on. */
export function apiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  throw error;
}

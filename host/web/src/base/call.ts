/** What comes of a REST request: its data, or a thrown `ApiError`. */
import type { ErrorBody } from '../wire';
import { ApiError } from './errors';

/** As openapi-fetch has it. */
export interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** An answer that has not come by then does not come. Chosen, not standard; what is sent may be a plugin over a slow line. */
const ANSWER_TIMEOUT_MS = 30_000;
const SENDING_TIMEOUT_MS = 180_000;

/** As `fetch`, but it ends. */
export function fetchInTime(request: Request): Promise<Response> {
  const timeoutMs = request.method === 'GET' ? ANSWER_TIMEOUT_MS : SENDING_TIMEOUT_MS;
  return fetch(request, { signal: AbortSignal.timeout(timeoutMs) });
}

/** The answer's data: `await call(api.GET('/api/v1/rooms'))`. */
export async function call<T>(request: Promise<Outcome<T>>): Promise<T> {
  return (await answered(request)).data;
}

/** The answer's data, and its headers. */
export async function answered<T>(request: Promise<Outcome<T>>): Promise<{ data: T; headers: Headers }> {
  const { data, error, response } = await request.catch((failure: unknown) => {
    // No answer, none in time, or one that is no JSON: some proxy's, then.
    throw failure instanceof ApiError ? failure : ApiError.unreachable();
  });
  if (response.ok) return { data: data as T, headers: response.headers };
  const refusal = (error as Partial<ErrorBody> | undefined)?.error;
  // Without one it is not our answer but some proxy's.
  throw refusal ? ApiError.of(refusal) : ApiError.unreachable();
}

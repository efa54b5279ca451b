/** What comes of a REST request: its data, or a thrown `ApiError`. */
import type { ErrorBody } from '../wire';
import { ApiError } from './errors';

/** As openapi-fetch has it. */
export interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer's data: `await call(api.GET('/api/v1/rooms'))`. */
export async function call<T>(request: Promise<Outcome<T>>): Promise<T> {
  return (await answered(request)).data;
}

/** The answer's data, and its headers. */
export async function answered<T>(request: Promise<Outcome<T>>): Promise<{ data: T; headers: Headers }> {
  const { data, error, response } = await request.catch((failure: unknown) => {
    // `fetch` fails with a TypeError where no answer came.
    throw failure instanceof TypeError ? ApiError.unreachable() : failure;
  });
  if (response.ok) return { data: data as T, headers: response.headers };
  const refusal = (error as Partial<ErrorBody> | undefined)?.error;
  // Without one it is not our answer but some proxy's.
  throw refusal ? ApiError.of(refusal) : ApiError.unreachable();
}

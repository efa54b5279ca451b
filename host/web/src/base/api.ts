/**
 * REST, typed by the server's own description: `await call(api.GET('/api/v1/rooms'))`.
 *
 * A request carries the access token; one that is refused for it is tried once more with a fresh token.
 */
import createClient from 'openapi-fetch';
import type { paths } from '../wire';
import { fetchInTime } from './call';
import { session } from './session.svelte';

export { call } from './call';

async function sendAuthorised(request: Request): Promise<Response> {
  const again = request.clone();
  const token = await session.accessToken();
  const response = await send(request, token);
  if (response.status !== 401 || token === null) return response;
  const fresh = await session.accessToken(token);
  return fresh === null ? response : send(again, fresh);
}

function send(request: Request, token: string | null): Promise<Response> {
  if (token !== null) request.headers.set('authorization', `Bearer ${token}`);
  return fetchInTime(request);
}

/** Requests of whoever is logged in. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: sendAuthorised });

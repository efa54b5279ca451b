/**
 * REST, typed by the server's own description: `await call(api.GET('/api/v1/rooms'))`.
 *
 * A request carries the access token; one that is refused for it is tried once more with a fresh token.
 */
import createClient from 'openapi-fetch';
import type { ErrorBody, paths } from '../wire';
import { fetchInTime } from './call';
import { session } from './session.svelte';

export { call } from './call';

type Send = (request: Request) => Promise<Response>;

function authorised(send: Send): Send {
  return async (request) => {
    const again = request.clone();
    const token = await session.accessToken();
    const response = await send(bearing(request, token));
    if (token === null || !(await refusesToken(response))) return response;
    const fresh = await session.accessToken(token);
    return fresh === null ? response : send(bearing(again, fresh));
  };
}

function bearing(request: Request, token: string | null): Request {
  if (token !== null) request.headers.set('authorization', `Bearer ${token}`);
  return request;
}

/** A wrong password is a 401, too: sent again, it would count as a second guess. */
async function refusesToken(response: Response): Promise<boolean> {
  if (response.status !== 401) return false;
  const body = (await response.clone().json().catch(() => null)) as Partial<ErrorBody> | null;
  return body?.error?.code === 'unauthenticated';
}

/** Requests of whoever is logged in. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: authorised(fetchInTime) });

/** In place of a request's own `fetch`: for an answer that may be long in coming. */
export const fetchPatiently = authorised((request) => fetch(request));

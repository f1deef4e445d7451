export const got = await Promise.reject(new Error("no luck"));

const waited = await new Promise((done) => setTimeout(() => done("waited"), 10));
export const got = waited;

//! `test_postgres`: a PostgreSQL for tests, until its standard input ends. It prints the server's URL; tests find it as
//! `NATTER_TEST_POSTGRES`.

use natter_tests::postgres::Postgres;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let server = Postgres::start().await?;
    println!("{}", server.url());
    // There is nothing else to do meanwhile.
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    server.stop().await
}

//! Makes cargo notice new files: the macros that embed them cannot.
fn main() {
    println!("cargo::rerun-if-changed=../migrations");
    // A development build reads the web client from disk.
    if std::env::var("PROFILE").as_deref() == Ok("release") {
        println!("cargo::rerun-if-changed=web/dist");
    }
}

//! Compiles the protocol with protox, so that nobody has to install protoc.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = "../../../proto";
    let files = [
        "counterfoil/audit/v1/audit.proto",
        "counterfoil/linkage/v1/linkage.proto",
        "counterfoil/release/v1/release.proto",
    ];
    println!("cargo:rerun-if-changed={root}");
    let descriptors = protox::compile(files, [root])?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}

//! Encrypted connections.
//!
//! Rows of the table of directives, sorted by name.

use crate::choices::TlsAuthClients;
use crate::directive::bounds::INT_MAX;
use crate::directive::{Directive, decimals, single};
use crate::shape::{Shape, any};
use crate::value::field;

pub(super) static ROWS: &[Directive] = &[
    single("tls-auth-clients", Shape::Choice(TlsAuthClients::WORDS), field!(tls.auth_clients))
        .about("Whether clients must show a certificate."),
    single("tls-ca-cert-dir", Shape::Text(any), field!(tls_files.ca_dir))
        .volatile()
        .about("Directory of trusted certificates."),
    single("tls-ca-cert-file", Shape::Text(any), field!(tls_files.ca_file))
        .volatile()
        .about("File of trusted certificates."),
    single("tls-cert-file", Shape::Text(any), field!(tls_files.cert_file))
        .volatile()
        .about("The server's certificate."),
    single("tls-ciphers", Shape::Text(any), field!(tls.ciphers)).about("Ciphers up to TLS 1.2."),
    single("tls-ciphersuites", Shape::Text(any), field!(tls.ciphersuites))
        .about("Ciphers of TLS 1.3."),
    single("tls-client-cert-file", Shape::Text(any), field!(tls_client.cert_file))
        .volatile()
        .about("Certificate for outgoing connections, if another."),
    single("tls-client-key-file", Shape::Text(any), field!(tls_client.key_file))
        .volatile()
        .about("Private key for outgoing connections, if another."),
    single("tls-client-key-file-pass", Shape::Text(any), field!(tls_client.key_password))
        .sensitive()
        .about("Password of that key."),
    single("tls-cluster", Shape::Bool, field!(tls.cluster))
        .about("Use TLS between the nodes of a cluster."),
    single("tls-dh-params-file", Shape::Text(any), field!(tls_files.dh_params_file))
        .volatile()
        .about("Diffie-Hellman parameters for old clients."),
    single("tls-key-file", Shape::Text(any), field!(tls_files.key_file))
        .volatile()
        .about("The server's private key."),
    single("tls-key-file-pass", Shape::Text(any), field!(tls_files.key_password))
        .sensitive()
        .about("Password of that key."),
    single("tls-port", decimals(0, 65535), field!(tls.port))
        .about("Port for TLS; 0 listens on none."),
    single("tls-prefer-server-ciphers", Shape::Bool, field!(tls.prefer_server_ciphers))
        .about("Let the server choose the cipher."),
    single("tls-protocols", Shape::Text(any), field!(tls.protocols))
        .about("TLS versions to offer, such as `TLSv1.2 TLSv1.3`."),
    single("tls-replication", Shape::Bool, field!(tls.replication))
        .about("Use TLS for the link to the master."),
    single("tls-session-cache-size", decimals(0, INT_MAX), field!(tls_sessions.cache_size))
        .unit("sessions")
        .about("Sessions cached; 0 sets no limit."),
    single("tls-session-cache-timeout", decimals(0, INT_MAX), field!(tls_sessions.cache_timeout_s))
        .unit("seconds")
        .about("How long a session stays cached."),
    single("tls-session-caching", Shape::Bool, field!(tls_sessions.caching))
        .about("Let clients resume sessions."),
];

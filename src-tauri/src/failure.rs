//! What is shown when the engine cannot be opened: a still page that says why.

use tauri::http::{Response, header};
use tauri::{AppHandle, Manager, UriSchemeContext, WebviewUrl, WebviewWindowBuilder, Wry};
use throughline::api::ApiError;

/// The scheme that serves the page. It is not the UI's origin, and no capability names the
/// window's label, so that the page can call nothing.
pub(crate) const SCHEME: &str = "throughline-failure";
const LABEL: &str = "failure";
const TEMPLATE: &str = include_str!("failure.html");

/// Opens the window with the error.
pub(crate) fn show(app: &AppHandle, error: ApiError) -> tauri::Result<()> {
    app.manage(error);
    // WebView2 has no schemes of its own: there they are hosts.
    let address = if cfg!(any(windows, target_os = "android")) {
        format!("http://{SCHEME}.localhost/")
    } else {
        format!("{SCHEME}://localhost/")
    };
    let address = address.parse().map_err(|_| tauri::Error::UnknownPath)?;
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::CustomProtocol(address))
        .title("Throughline could not start")
        .inner_size(640.0, 360.0)
        .center()
        .build()?;
    Ok(())
}

/// Answers any request of the failure window with the one page.
pub(crate) fn serve(context: &UriSchemeContext<'_, Wry>) -> Response<Vec<u8>> {
    let page = context.app_handle().try_state::<ApiError>().map(|error| page(&error));
    let mut response = Response::new(page.unwrap_or_default().into_bytes());
    let headers = response.headers_mut();
    headers
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        header::HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'"),
    );
    response
}

fn page(error: &ApiError) -> String {
    // The hint is filled in first: a message that names the place of the hint is left as it is.
    TEMPLATE
        .replace("{hint}", &escaped(error.hint.as_deref().unwrap_or_default()))
        .replace("{version}", env!("CARGO_PKG_VERSION"))
        .replace("{message}", &escaped(&error.message))
}

/// The text with the characters that HTML reads as markup written as entities.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use throughline::api::ErrorCode;

    use super::*;

    #[test]
    fn the_page_says_what_failed_and_what_to_do() {
        let error = ApiError::new(ErrorCode::InUse, "another Throughline has /home/me/data open")
            .with_hint("Close it, or start with --data-dir.");
        let page = page(&error);
        assert!(page.contains("another Throughline has /home/me/data open"));
        assert!(page.contains("Close it, or start with --data-dir."));
        assert!(page.contains(env!("CARGO_PKG_VERSION")));
        assert!(!page.contains("{message}") && !page.contains("{hint}"));
    }

    #[test]
    fn a_path_with_markup_in_it_stays_text() {
        let error = ApiError::new(ErrorCode::Storage, "cannot open </p><script>a&b\"</script>");
        let page = page(&error);
        assert!(page.contains("&lt;/p&gt;&lt;script&gt;a&amp;b&quot;&lt;/script&gt;"));
        assert!(!page.contains("<script"));
    }
}

//! The push channel against a WebSocket over TLS.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use throughline::broker::ibkr::{GatewayTransport, PushChannel};
use throughline::clock::SystemClock;
use throughline::domain::Conid;
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::Message;

use super::tls_server::{Identity, accept_tls};
use super::transport;

/// A server that announces a session in binary frames, hands on what it is sent, and sends what it
/// is told.
async fn session_server() -> (
    u16,
    throughline::broker::ibkr::Fingerprint,
    mpsc::UnboundedReceiver<String>,
    mpsc::UnboundedSender<Message>,
) {
    let identity = Identity::usual();
    let fingerprint = identity.fingerprint();
    let (port, mut lines) = accept_tls(identity).await;
    let (heard, hears) = mpsc::unbounded_channel();
    let (says, mut said) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let stream = lines.recv().await.unwrap();
        let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
        let greeting = [
            Message::binary(&b"\xff\xfe no JSON"[..]),
            Message::binary(&br#"{"topic":"system","success":"user"}"#[..]),
            Message::binary(&br#"{"topic":"sts","args":{"authenticated":true}}"#[..]),
        ];
        for frame in greeting {
            socket.send(frame).await.unwrap();
        }
        loop {
            tokio::select! {
                frame = socket.next() => match frame {
                    Some(Ok(Message::Text(text))) => heard.send(text.to_string()).unwrap(),
                    Some(Ok(_)) => {}
                    _ => return,
                },
                frame = said.recv() => match frame {
                    Some(frame) => socket.send(frame).await.unwrap(),
                    None => return,
                },
            }
        }
    });
    (port, fingerprint, hears, says)
}

async fn next(hears: &mut mpsc::UnboundedReceiver<String>) -> String {
    tokio::time::timeout(Duration::from_secs(10), hears.recv()).await.unwrap().unwrap()
}

#[tokio::test]
async fn c10_the_push_channel_subscribes_hints_streams_and_ends() {
    let (port, fingerprint, mut hears, says) = session_server().await;
    let transport = Arc::new(transport(port, Some(fingerprint)).1);
    let mut order_hints = transport.order_hints();
    let (_session, session_ids) = watch::channel(Some("a".to_owned()));
    let push = PushChannel::start(Arc::clone(&transport), Arc::new(SystemClock), session_ids);
    push.quotes().subscribe(Conid(7)).unwrap();

    assert_eq!(next(&mut hears).await, "sor+{}");
    assert!(next(&mut hears).await.starts_with("str+{"));
    assert!(next(&mut hears).await.starts_with("smd+7+{"));
    assert!(push.state().connected_since.is_some());

    says.send(Message::binary(&br#"{"topic":"smd+7","31":"9.5"}"#[..])).unwrap();
    says.send(Message::text(r#"{"topic":"sor","error":"unable to subscribe"}"#)).unwrap();
    says.send(Message::text(r#"{"topic":"str","args":[]}"#)).unwrap();
    tokio::time::timeout(Duration::from_secs(10), order_hints.changed()).await.unwrap().unwrap();
    assert_eq!(*order_hints.borrow(), 1);
    assert_eq!(push.quotes().latest(Conid(7)).unwrap().fields[&31], "9.5");
    assert_eq!(push.state().refused_order_streams, 1);

    tokio::time::timeout(Duration::from_secs(10), push.stop()).await.unwrap();
}

#[tokio::test]
async fn c10_another_session_and_a_huge_frame_end_the_line() {
    for is_replaced in [true, false] {
        let (port, fingerprint, mut hears, says) = session_server().await;
        let transport = Arc::new(transport(port, Some(fingerprint)).1);
        let (session, session_ids) = watch::channel(Some("a".to_owned()));
        let push = PushChannel::start(transport, Arc::new(SystemClock), session_ids);
        next(&mut hears).await;
        if is_replaced {
            session.send_replace(Some("b".to_owned()));
        } else {
            says.send(Message::binary(vec![b'9'; 300 * 1024])).unwrap();
        }
        let reason = tokio::time::timeout(Duration::from_secs(10), async {
            loop {
                if let Some(reason) = push.state().last_end {
                    return reason;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await
        .unwrap();
        let expected = if is_replaced { "replaced by another" } else { "broke" };
        assert!(reason.contains(expected), "{reason}");
        assert_eq!(push.state().connected_since, None);
        push.stop().await;
    }
}

#[tokio::test]
async fn c10_the_push_channel_refuses_a_stranger_too() {
    let identity = Identity::usual();
    let (port, _lines) = accept_tls(identity).await;
    let transport = Arc::new(transport(port, None).1);
    let (_session, session_ids) = watch::channel(None);
    let push = PushChannel::start(transport, Arc::new(SystemClock), session_ids);
    let reason = tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            if let Some(reason) = push.state().last_end {
                return reason;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
    assert!(reason.contains("nobody has accepted"), "{reason}");
    push.stop().await;
}

//! The tray of a Linux desktop: a `StatusNotifierItem` with a `DBusMenu`.

use ksni::TrayMethods as _;
use ksni::menu::{StandardItem, SubMenu};
use tauri::image::Image;
use tauri::{AppHandle, Manager as _};
use throughline::api::dto::{BackgroundDto, BackgroundState};

use super::model::{Action, Item, menu, tooltip};
use crate::desktop::Desktop;

/// The sign, where there is a session bus to show it on.
pub(super) struct Tray(Option<ksni::Handle<Sign>>);

impl Tray {
    pub(super) async fn new(app: &AppHandle) -> Self {
        let desktop = app.state::<Desktop>();
        desktop.note_tray(true);
        let sign = Sign { app: app.clone(), background: None };
        // A tray that comes later, or comes back, is taken as it comes.
        match sign.assume_sni_available(true).spawn().await {
            Ok(handle) => Self(Some(handle)),
            Err(error) => {
                desktop.note_tray(false);
                tracing::info!(%error, "this desktop has no tray");
                Self(None)
            }
        }
    }

    pub(super) async fn show(&mut self, _: &AppHandle, background: BackgroundDto) {
        if let Some(handle) = &self.0 {
            handle.update(|sign| sign.background = Some(background)).await;
        }
    }
}

struct Sign {
    app: AppHandle,
    /// Nothing until the engine has answered.
    background: Option<BackgroundDto>,
}

impl ksni::Tray for Sign {
    fn id(&self) -> String {
        "throughline".to_owned()
    }

    fn title(&self) -> String {
        "Throughline".to_owned()
    }

    fn status(&self) -> ksni::Status {
        match self.background.as_ref().map(|background| background.state) {
            Some(BackgroundState::Attention | BackgroundState::Halted) => {
                ksni::Status::NeedsAttention
            }
            _ => ksni::Status::Active,
        }
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        let state = self.background.as_ref().map(|background| background.state);
        images(state).iter().map(pixmap).collect()
    }

    fn attention_icon_pixmap(&self) -> Vec<ksni::Icon> {
        self.icon_pixmap()
    }

    fn tool_tip(&self) -> ksni::ToolTip {
        let words = self.background.as_ref().map(tooltip).unwrap_or_default();
        ksni::ToolTip {
            title: "Throughline".to_owned(),
            // Read as markup.
            description: words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
            ..ksni::ToolTip::default()
        }
    }

    fn activate(&mut self, _: i32, _: i32) {
        super::act(&self.app, Action::Open);
    }

    fn menu(&self) -> Vec<ksni::MenuItem<Self>> {
        match &self.background {
            Some(background) => menu(background).into_iter().map(item).collect(),
            None => {
                vec![item(Item::Act { label: "Open Throughline".to_owned(), action: Action::Open })]
            }
        }
    }

    fn watcher_online(&self) {
        self.app.state::<Desktop>().note_tray(true);
    }

    fn watcher_offline(&self, _: ksni::OfflineReason) -> bool {
        self.app.state::<Desktop>().note_tray(false);
        true
    }
}

fn item(item: Item) -> ksni::MenuItem<Sign> {
    match item {
        Item::Act { label, action } => StandardItem {
            label: escaped(&label),
            activate: Box::new(move |sign: &mut Sign| super::act(&sign.app, action.clone())),
            ..StandardItem::default()
        }
        .into(),
        Item::Words(label) => {
            StandardItem { label: escaped(&label), enabled: false, ..StandardItem::default() }
                .into()
        }
        Item::Separator => ksni::MenuItem::Separator,
        Item::More { label, items } => SubMenu {
            label: escaped(&label),
            submenu: items.into_iter().map(self::item).collect(),
            ..SubMenu::default()
        }
        .into(),
    }
}

/// An underscore would underline the next letter.
fn escaped(label: &str) -> String {
    label.replace('_', "__")
}

/// The sign of a state in two sizes. Each has a shape of its own, so that colour is not needed.
fn images(state: Option<BackgroundState>) -> [Image<'static>; 2] {
    match state {
        Some(BackgroundState::Running) => [
            tauri::include_image!("../icons/tray/running-32.png"),
            tauri::include_image!("../icons/tray/running-64.png"),
        ],
        Some(BackgroundState::Attention) => [
            tauri::include_image!("../icons/tray/attention-32.png"),
            tauri::include_image!("../icons/tray/attention-64.png"),
        ],
        Some(BackgroundState::Halted) => [
            tauri::include_image!("../icons/tray/halted-32.png"),
            tauri::include_image!("../icons/tray/halted-64.png"),
        ],
        Some(BackgroundState::NoSession) | None => [
            tauri::include_image!("../icons/tray/idle-32.png"),
            tauri::include_image!("../icons/tray/idle-64.png"),
        ],
    }
}

/// RGBA as the specification wants it: ARGB.
fn pixmap(image: &Image<'static>) -> ksni::Icon {
    let mut data = image.rgba().to_vec();
    for pixel in data.chunks_exact_mut(4) {
        pixel.rotate_right(1);
    }
    let size = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
    ksni::Icon { width: size(image.width()), height: size(image.height()), data }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The outline alone, as somebody sees it who sees no colours.
    fn outline(state: BackgroundState) -> Vec<bool> {
        let [_, large] = images(Some(state));
        large.rgba().chunks_exact(4).map(|pixel| pixel[3] > 127).collect()
    }

    #[test]
    fn b3_the_signs_differ_by_their_shape_and_not_only_by_their_colour() {
        let states = [
            BackgroundState::Running,
            BackgroundState::Attention,
            BackgroundState::NoSession,
            BackgroundState::Halted,
        ];
        let outlines: BTreeSet<Vec<bool>> = states.into_iter().map(outline).collect();
        assert_eq!(outlines.len(), states.len());
        let all: Vec<_> = outlines.into_iter().collect();
        for (index, one) in all.iter().enumerate() {
            for other in &all[index + 1..] {
                let differing = one.iter().zip(other).filter(|(a, b)| a != b).count();
                assert!(differing > one.len() / 50, "only {differing} points differ");
            }
        }
    }

    #[test]
    fn a_point_is_turned_from_rgba_to_argb() {
        let icon = pixmap(&Image::new(&[1, 2, 3, 4], 1, 1));
        assert_eq!((icon.width, icon.height, icon.data), (1, 1, vec![4, 1, 2, 3]));
    }

    #[test]
    fn a_name_with_an_underscore_keeps_it() {
        assert_eq!(escaped("my_plan"), "my__plan");
    }
}

mod sample;

use super::*;
use crate::domain::Timeframe;

#[test]
fn look() {
    for (bars, timeframe, shown, name) in [
        (sample::daily(), Timeframe::Daily, 200, "daily"),
        (sample::weekly(), Timeframe::Weekly, 52, "weekly"),
    ] {
        let series = sample::series(&bars);
        for (width, height) in [(1280, 960), (640, 480), (1920, 1400), (320, 320), (4096, 320)] {
            let request = ChartRequest {
                symbol: "AAPL",
                timeframe,
                note: "simulated exchange, adjusted",
                bars: &bars,
                series: &series,
                bars_shown: shown,
                width,
                height,
            };
            let image = render(&request).unwrap();
            std::fs::write(format!("/tmp/chart-{name}-{width}.png"), image.png).unwrap();
        }
    }
}

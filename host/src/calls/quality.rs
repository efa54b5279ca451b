//! How media fared: means of what the router reports from time to time.

use crate::model::CallQuality;

/// Sums of reports.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Means {
    sums: CallQuality,
    reports: i64,
    round_trips: i64,
}

impl Means {
    /// Adds a report over the last seconds.
    pub(super) fn add(&mut self, report: CallQuality) {
        self.reports += 1;
        self.sums.loss_permille += report.loss_permille;
        self.sums.sent_bps += report.sent_bps;
        self.sums.received_bps += report.received_bps;
        if let Some(rtt_ms) = report.rtt_ms {
            self.round_trips += 1;
            *self.sums.rtt_ms.get_or_insert(0) += rtt_ms;
        }
    }

    /// The means; none before the first report.
    pub(super) fn get(&self) -> Option<CallQuality> {
        (self.reports > 0).then(|| CallQuality {
            loss_permille: self.sums.loss_permille / self.reports,
            rtt_ms: self.sums.rtt_ms.map(|it| it / self.round_trips.max(1)),
            sent_bps: self.sums.sent_bps / self.reports,
            received_bps: self.sums.received_bps / self.reports,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_over_the_reports_that_had_a_number() {
        let mut means = Means::default();
        assert_eq!(means.get(), None);
        for (loss_permille, rtt_ms) in [(0, None), (20, Some(40)), (10, Some(60))] {
            means.add(CallQuality {
                loss_permille,
                rtt_ms,
                sent_bps: 300,
                received_bps: 0,
            });
        }
        let expected = CallQuality {
            loss_permille: 10,
            rtt_ms: Some(50),
            sent_bps: 300,
            received_bps: 0,
        };
        assert_eq!(means.get(), Some(expected));
    }
}

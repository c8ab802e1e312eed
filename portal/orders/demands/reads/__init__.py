"""What customers asked for about their orders, and what they may ask: as they see it, and as companies do. Writes nothing."""

from portal.orders.demands.reads.attached import KIND, filed_with
from portal.orders.demands.reads.for_company import ForCompany, InQueue, asked_of, asked_once, currency_of, queue_of
from portal.orders.demands.reads.offers import Offer, Offers, offers_of
from portal.orders.demands.reads.own import answer_told, demand_of, demands_of, receipt_of
from portal.orders.demands.reads.views import AGAIN, DemandView, PieceView, Place, StepView, may_do

__all__ = [
    "AGAIN",
    "KIND",
    "DemandView",
    "ForCompany",
    "InQueue",
    "Offer",
    "Offers",
    "PieceView",
    "Place",
    "StepView",
    "answer_told",
    "asked_of",
    "asked_once",
    "currency_of",
    "demand_of",
    "demands_of",
    "filed_with",
    "may_do",
    "offers_of",
    "queue_of",
    "receipt_of",
]
